"""The rules of tokens (state/tokens.py) as scripts, so that nothing comes in between on any instance.

A slot is JSON: ``{"refreshed": seconds, "tokens": [{text, expires, replaced, issued, ended}, ...]}``, the oldest
first, so that the last one is the present and the one before it the former. A token's own key leads to appid and
kind; it is made from a digest, so that lists of keys hold no token.
"""

from __future__ import annotations

from cloudbase_ocr.state.shared.connection import Script
from cloudbase_ocr.state.shared.counters import TAKE_LIBRARY

_TOKENS = "tokens"

_SLOT = """
local prefix = ARGV[1]
local function pointer_of(text) return prefix .. 'token:' .. redis.sha1hex(text) end
local function number_or_none(value) return value == nil or value == cjson.null or type(value) == 'number' end
local function makes_sense(slot)
  if type(slot) ~= 'table' or type(slot.tokens) ~= 'table' or not number_or_none(slot.refreshed) then return false end
  for _, token in ipairs(slot.tokens) do
    if type(token) ~= 'table' or type(token.text) ~= 'string' or type(token.expires) ~= 'number'
      or not number_or_none(token.replaced) or not number_or_none(token.issued) then return false end
    if token.replaced == cjson.null then token.replaced = nil end
    if token.issued == cjson.null then token.issued = nil end
  end
  return true
end
local function slot_at(key)
  typed(key, 'string')
  local text = redis.call('GET', key)
  if not text then return {tokens = {}} end
  local ok, slot = pcall(cjson.decode, text)
  if ok and makes_sense(slot) then return slot end
  redis.call('DEL', key)
  bad = bad + 1
  return {tokens = {}}
end
local function works(token, now)
  return token ~= nil and now < token.expires and (token.replaced == nil or now < token.replaced)
end
"""

# KEYS: slot, index of slots, counts of forced refreshes.
# ARGV: prefix, appid, kind, now, text of the next token, lifetime, overlap, remembered, seconds to keep, slots to keep.
_RENEW = (
    _SLOT
    + """
local appid, kind, now = ARGV[2], ARGV[3], tonumber(ARGV[4])
local text, lifetime, overlap = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local seconds = ARGV[9]
local slot = slot_at(KEYS[1])
local function drop_oldest_slot()
  local oldest = redis.call('ZPOPMIN', KEYS[2])[1]
  for _, token in ipairs(slot_at(oldest).tokens) do redis.call('DEL', pointer_of(token.text)) end
  redis.call('DEL', oldest)
end
local function renew()
  if redis.call('EXISTS', pointer_of(text)) == 1 then return {bad, 'taken'} end
  local count = #slot.tokens
  local present, former = slot.tokens[count], slot.tokens[count - 1]
  if works(former, now) then former.replaced = now end
  if works(present, now) then present.replaced = now + overlap end
  slot.tokens[count + 1] = {text = text, expires = now + lifetime, issued = now}
  if count + 1 > tonumber(ARGV[8]) then redis.call('DEL', pointer_of(table.remove(slot.tokens, 1).text)) end
  redis.call('SET', KEYS[1], cjson.encode(slot), 'EX', seconds)
  redis.call('SET', pointer_of(text), cjson.encode({appid, kind}), 'EX', seconds)
  typed(KEYS[2], 'zset')
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - seconds)
  redis.call('ZADD', KEYS[2], now, KEYS[1])
  redis.call('EXPIRE', KEYS[2], seconds)
  if redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[10]) then drop_oldest_slot() end
  return {bad, 'granted', text, lifetime}
end
"""
)

ISSUE = Script(_TOKENS, _RENEW + "return renew()")

STEADY = Script(
    _TOKENS,
    _RENEW
    + """
local present = slot.tokens[#slot.tokens]
if works(present, now) and present.expires - now > overlap then
  return {bad, 'granted', present.text, math.floor(present.expires - now)}
end
return renew()
""",
)

# ARGV also: seconds between two by force, how many a day, the account's field in the counts, seconds to keep these.
FORCE = Script(
    _TOKENS,
    TAKE_LIBRARY
    + _RENEW
    + """
if redis.call('EXISTS', pointer_of(text)) == 1 then return {bad, 'taken'} end
if type(slot.refreshed) == 'number' and now - slot.refreshed < tonumber(ARGV[11]) then return {bad, 'refused'} end
if not take(KEYS[3], ARGV[13], tonumber(ARGV[12]), ARGV[14]) then return {bad, 'refused'} end
slot.refreshed = now
return renew()
""",
)

# ARGV: prefix, digest of the text, the text.
FIND = Script(
    _TOKENS,
    _SLOT
    + """
local pointer = prefix .. 'token:' .. ARGV[2]
typed(pointer, 'string')
local found = redis.call('GET', pointer)
if not found then return {bad} end
local ok, whose = pcall(cjson.decode, found)
if not (ok and type(whose) == 'table' and type(whose[1]) == 'string' and type(whose[2]) == 'string') then
  redis.call('DEL', pointer)
  return {bad + 1}
end
for _, token in ipairs(slot_at(prefix .. 'slot:' .. whose[2] .. ':' .. whose[1]).tokens) do
  if token.text == ARGV[3] then return {bad, found, cjson.encode(token)} end
end
return {bad}
""",
)

# KEYS: slots. ARGV: prefix. Gives the tokens of each as JSON.
SLOTS = Script(
    _TOKENS,
    _SLOT
    + """
local found = {0}
for _, key in ipairs(KEYS) do found[#found + 1] = cjson.encode(slot_at(key)) end
found[1] = bad
return found
""",
)

# KEYS: slot. ARGV: prefix, now, "expires" or "replaced": what is over now.
END = Script(
    _TOKENS,
    _SLOT
    + """
local slot, now, ended = slot_at(KEYS[1]), tonumber(ARGV[2]), 0
for _, token in ipairs(slot.tokens) do
  if works(token, now) then
    token[ARGV[3]] = now
    token.ended = true
    ended = ended + 1
  end
end
if ended > 0 then redis.call('SET', KEYS[1], cjson.encode(slot), 'KEEPTTL') end
return {bad, ended}
""",
)

# KEYS: slot, index of slots. ARGV: prefix.
DROP = Script(
    _TOKENS,
    _SLOT
    + """
for _, token in ipairs(slot_at(KEYS[1]).tokens) do redis.call('DEL', pointer_of(token.text)) end
redis.call('DEL', KEYS[1])
typed(KEYS[2], 'zset')
redis.call('ZREM', KEYS[2], KEYS[1])
return {bad}
""",
)

# KEYS: index of slots. ARGV: prefix, how many at most. Gives the keys of slots, those that were renewed last first.
LATEST = Script(
    _TOKENS,
    """
typed(KEYS[1], 'zset')
local found = redis.call('ZREVRANGE', KEYS[1], 0, ARGV[2] - 1)
table.insert(found, 1, bad)
return found
""",
)

# KEYS: slot, index of slots. ARGV: prefix, JSON of the slot, JSON of appid and kind, now, seconds to keep.
RESTORE = Script(
    _TOKENS,
    _SLOT
    + """
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[5])
for _, token in ipairs(slot_at(KEYS[1]).tokens) do
  redis.call('SET', pointer_of(token.text), ARGV[3], 'EX', ARGV[5])
end
typed(KEYS[2], 'zset')
redis.call('ZADD', KEYS[2], ARGV[4], KEYS[1])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return {bad}
""",
)
