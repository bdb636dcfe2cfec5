# card_reader.py
import requests


def read_card(base_url, token, picture):
    """Return WeChat's reply for a photo of an ID card."""
    query = {"access_token": token, "type": "photo"}
    files = {"img": ("card.jpg", picture, "image/jpeg")}
    return requests.post(f"{base_url}/cv/ocr/idcard", params=query, files=files, timeout=3).json()
