// card.js
export async function readCard(baseUrl, token, picture) {
  const form = new FormData()
  form.append('img', new Blob([picture], { type: 'image/jpeg' }), 'card.jpg')
  const query = new URLSearchParams({ access_token: token, type: 'photo' })
  const reply = await fetch(`${baseUrl}/cv/ocr/idcard?${query}`, { method: 'POST', body: form })
  return reply.json()
}
