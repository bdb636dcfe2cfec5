# shop/urls.py
from django.urls import path

from shop.views import card

urlpatterns = [path("card", card)]
