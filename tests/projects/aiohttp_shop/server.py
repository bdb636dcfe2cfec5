# server.py
from aiohttp import ClientSession, web


async def card(request):
    query = {"access_token": request.query["token"], "img_url": request.query["picture"]}
    async with ClientSession("https://api.weixin.qq.com") as session:
        async with session.post("/cv/ocr/idcard", params=query) as reply:
            return web.json_response(await reply.json(content_type=None))


def application():
    app = web.Application()
    app.router.add_get("/card", card)
    return app
