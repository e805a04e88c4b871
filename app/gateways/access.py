"""The gateways that the factory made for this process."""

from typing import cast

from flask import current_app

from app.gateways.merchants.client import MerchantClient
from app.gateways.platform.client import PlatformClient
from app.gateways.platform.push import PlatformDoor
from app.gateways.wechat.client import WechatClient


def platform() -> PlatformClient:
    return cast(PlatformClient, current_app.extensions["platform"])


def platform_door() -> PlatformDoor:
    return cast(PlatformDoor, current_app.extensions["platform_door"])


def merchants() -> MerchantClient:
    return cast(MerchantClient, current_app.extensions["merchants"])


def wechat() -> WechatClient:
    return cast(WechatClient, current_app.extensions["wechat"])
