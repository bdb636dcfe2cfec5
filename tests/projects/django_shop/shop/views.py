# shop/views.py
import requests
from django.conf import settings
from django.http import JsonResponse


def card(request):
    query = {"access_token": request.GET["token"], "img_url": request.GET["picture"]}
    reply = requests.post(f"{settings.WECHAT_API}/cv/ocr/idcard", params=query, timeout=3).json()
    return JsonResponse({"name": reply.get("name"), "code": reply["errcode"]})
