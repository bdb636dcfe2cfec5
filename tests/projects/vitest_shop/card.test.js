// card.test.js
import { start } from 'cloudbase-ocr'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readCard } from './card.js'

const picture = Buffer.from('any bytes')
let ocr

beforeAll(async () => {
  ocr = await start({ args: ['--strict-fixtures'] })
}, 60_000)
beforeEach(() => ocr.reset())
afterAll(() => ocr.stop())

test('the picture reaches WeChat', async () => {
  await ocr.fixture('idcard/mine', {
    reply: { type: 'Front', name: '李四' },
    match: { size: picture.length, query: { type: 'photo' } },
  })
  expect((await readCard(ocr.url, 'mock://wx1', picture)).name).toBe('李四')
  await ocr.assertCalled('ocr.idcard', { image: picture, query: { type: 'photo' }, times: 1 })
  await ocr.assertAllMatched()
})

test('what differs is shown', async () => {
  await ocr.fail('ocr.idcard', 101001)
  await readCard(ocr.url, 'mock://wx1', picture)
  const [call] = await ocr.requests()
  expect(call.image).toMatchObject({ filename: 'card.jpg', content_type: 'image/jpeg' })
  await expect(ocr.assertCalled('ocr.idcard', { query: { type: 'scan' } })).rejects.toThrow(
    "query.type: expected 'scan', was 'photo'",
  )
})
