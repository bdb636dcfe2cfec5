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

/**
 * One document of OcrAllInOne: its values by the names they have there, which are sent as `{ text }`; null leaves one out.
 * Or what is sent as it stands, under its key: `{ plate_num_res: {...} }`.
 */
export interface MarketFields {
  /** Which document, by number or name: 1 or 'idcard'; needed where the other names do not tell. */
  ocrType?: number | string
  /** Which side, 0 front and 1 back; 2 (ID card) or 3 (vehicle licence): nothing was recognised. */
  type?: number
  [name: string]: unknown
}

/** One call: what was sent, and what was answered, by what. `***` stands for tokens and secrets. */
export interface ReceivedRequest {
  method: string
  /** Without its query. */
  path: string
  query: Record<string, string>
  /** The text fields of a form. */
  form: Record<string, string>
  /** The value of a JSON body. */
  json: unknown
  headers: Record<string, string>
  /** null when nobody looked at a picture. */
  image: { sha256: string; size: number; filename: string; content_type: string } | null
  /** Such as ocr.idcard; '' for tokens and the rest. */
  cloud_call: string
  appid: string
  code: number | string | null
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
  reply: any
  /** Such as `fixture idcard/front`, `scenario`, `magic idcard`, `recognizer`. */
  answered_by: string
  errmsg: string
  notes: string[]
  /** Why no fixture fits, where only fixtures may answer (--strict-fixtures). */
  unmatched: string
}

/** What is compared; null means that a value is not there. */
export interface Expected {
  /** How often; by default at least once. */
  times?: number
  image?: Uint8Array | { sha256?: string; size?: number; filename?: string; content_type?: string }
  query?: Record<string, string | null>
  form?: Record<string, string | null>
  headers?: Record<string, string | null>
  /** The errcode that was answered. */
  code?: number
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
  reply(
    method: 'serviceMarket.invokeService',
    fields: MarketFields,
    options?: { times?: number; appid?: string },
  ): Promise<object>
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
      /** The first three find it, each by itself; the others have to hold, null: it is not there. */
      match?: {
        sha256?: string
        url?: string
        name?: string
        query?: Record<string, string | null>
        form?: Record<string, string | null>
        size?: number
      }
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
  env(name?: string, options?: { https?: boolean }): Promise<Record<string, string>>
  requests(): Promise<ReceivedRequest[]>
  assertCalled(method: string, expected?: Expected): Promise<number>
  assertAllMatched(): Promise<void>
  reset(): Promise<{ reset: string }>
  stop(): Promise<void>
}

export function start(options?: StartOptions): Promise<Emulator>
