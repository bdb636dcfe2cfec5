/** An answer of a scenario: an error code, "success", "normal", a fixture's name, or fields to change. */
export type Answer = number | string | Record<string, unknown>

export interface StartOptions {
  /** Attach to the emulator at this URL, instead of starting one. */
  url?: string
  /** Let everything be for this account only. */
  appid?: string
  /** What starts the emulator; by default "cloudbase-ocr". */
  command?: string | string[]
  /** More options of `cloudbase-ocr serve`. */
  args?: string[]
  /** What an emulator that other machines can reach asks for; by default CLOUDBASE_OCR_CONTROL_TOKEN. */
  token?: string
}

export interface Duration {
  days?: number
  hours?: number
  minutes?: number
  seconds?: number
}

export interface ClockState {
  now: number
  time: string
  frozen: boolean
  offset: number
}

export interface QuotaList {
  quotas: { appid: string; method: string; limit: number; used: number; remain: number }[]
}

export interface Fault {
  type?: string
  surface?: string
  method?: string
  function?: string
  appid?: string
  nth?: number[]
  times?: number
  probability?: number
  seed?: number
  errcode?: number
  errmsg?: string
  ms?: number
  jitter_ms?: number
  bytes?: number
  status?: number
  content_type?: string
  code?: string
}

export class EmulatorError extends Error {}

export class Emulator {
  readonly url: string
  readonly appid: string | undefined
  readonly clock: {
    get(): Promise<ClockState>
    freeze(options?: { time?: string | number }): Promise<ClockState>
    resume(): Promise<ClockState>
    advance(by: Duration): Promise<ClockState>
    set(options: { time: string | number }): Promise<ClockState>
    reset(): Promise<ClockState>
  }
  readonly tokens: {
    expire(): Promise<{ ended: number }>
    revoke(): Promise<{ ended: number }>
  }
  readonly quota: {
    get(options?: { method?: string; appid?: string }): Promise<QuotaList>
    set(options: { method?: string; appid?: string; limit?: number; used?: number }): Promise<QuotaList>
    exhaust(options?: { method?: string; appid?: string }): Promise<QuotaList>
    clear(options?: { appid?: string }): Promise<QuotaList>
  }
  reply(method: string, fields?: Record<string, unknown>, options?: { times?: number; appid?: string }): Promise<object>
  fail(method: string, errcode: number, options?: { times?: number; appid?: string }): Promise<object>
  scenario(
    method: string,
    answers: Answer[],
    options?: { name?: string; after?: 'normal' | 'last' | 'repeat'; outside?: string[]; appid?: string },
  ): Promise<object>
  fault(options: Fault): Promise<Fault & { id: string; matched: number; hits: number; spent: boolean }>
  fixture(
    name: string,
    options: {
      reply?: object
      error?: number
      match?: Record<string, string>
      outside?: string[]
      appid?: string
    },
  ): Promise<object>
  invoke(
    name: string,
    data?: object,
    options?: { openid?: string; appid?: string },
    // biome-ignore lint/suspicious/noExplicitAny: whatever the function returns
  ): Promise<{ errMsg: string; errCode?: number; result?: any; requestID?: string }>
  upload(name: string, data: Uint8Array | string): Promise<{ fileID: string; url: string }>
  env(name?: string): Promise<Record<string, string>>
  reset(): Promise<{ reset: string }>
  stop(): Promise<void>
}

export function start(options?: StartOptions): Promise<Emulator>
