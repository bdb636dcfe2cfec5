// Photographs a document with the webcam, where there is one and the browser lets the page use it.

import { asJpeg } from "./pictures.js";
import { byId, complain, text } from "./page.js";

const WANTED = { video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } } };

export class Camera {
  #take;
  #stream = null;
  #dialog = byId("camera");
  #video = byId("video");

  /** `take` gets each photograph, as a File. */
  constructor(take) {
    this.#take = take;
    byId("shoot").addEventListener("click", () => this.#shoot());
    byId("camera-close").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => this.#end());
  }

  /** Shows the button if photographing may work: browsers give cameras to this machine's pages and to https only. */
  offer(button) {
    if (!navigator.mediaDevices?.getUserMedia) return;
    button.hidden = false;
    button.addEventListener("click", () => this.#begin());
  }

  async #begin() {
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia(WANTED);
    } catch (error) {
      complain(text("try.no_camera", { reason: error.message || error.name }));
      return;
    }
    this.#video.srcObject = this.#stream;
    this.#dialog.showModal();
  }

  async #shoot() {
    const video = this.#video;
    if (!video.videoWidth) return;
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    const blob = await asJpeg(canvas);
    this.#dialog.close();
    this.#take(new File([blob], "photograph.jpg", { type: blob.type }));
  }

  #end() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = this.#video.srcObject = null;
  }
}
