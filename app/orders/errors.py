"""The ways in which orders say no. Merchants read WeChat Pay's codes (app/merchant_api/errors.py)."""

from app.kernel.errors import Refusal

# -- merchants' side: these codes are WeChat Pay's own ----------------------------------------------------------


class OrderNotExist(Refusal):
    code, status = "ORDER_NOT_EXIST", 404
    detail = "订单不存在，请核对商户服务订单号和服务 ID。"
    detail_en = "There is no such order; check out_order_no and service_id."


class OrderStateWrong(Refusal):
    code, status = "INVALID_ORDER_STATE", 400
    detail = "订单当前状态不能这样操作，请先查单再决定下一步。"
    detail_en = "The order's state doesn't allow this; query it first."


class OrderCanceled(Refusal):
    code, status = "ORDER_CANCELED", 400
    detail = "订单已取消，请换用新的商户服务订单号重新下单。"
    detail_en = "The order was cancelled; make a new one with another number."


class OrderDone(Refusal):
    code, status = "ORDER_DONE", 400
    detail = "订单已完成，请勿重复操作，可查单核对。"
    detail_en = "The order is done."


class NotAuthorised(Refusal):
    """One body for every no about the person: no permission, not eligible, a limit reached, nobody of that openid."""

    code, status = "NO_AUTH", 403
    detail = "当前不能为该用户免押开单，请改用押金等普通方式继续服务。"
    detail_en = "No deposit-free order for this user now; serve them the ordinary way."


# -- merchants' side: told by their status ----------------------------------------------------------------------


class ContentDiffers(Refusal):
    code, status = "ORDER_CONTENT_DIFFERS", 409
    detail = "重入参数与首次请求不一致，请核对后重试；新的业务请换用新的单号。"
    detail_en = "The number was used with other content."


class ServiceNotFound(Refusal):
    code, status = "SERVICE_NOT_FOUND", 404
    detail = "没有这个服务 ID，请核对后再试。"
    detail_en = "There is no such service_id of yours for service orders."


class AppidWrong(Refusal):
    code, status = "APPID_WRONG", 422
    detail = "appid 与商户号或创单时不一致，请使用创单时的 appid。"
    detail_en = "The appid isn't the merchant's, or not the one that the order was made with."


class TotalWrong(Refusal):
    code, status = "ORDER_TOTAL_WRONG", 422
    detail = "最终总金额计算非法：须等于付费项目之和减去优惠之和，请核对。"
    detail_en = "total_amount = sum(post_payments) - sum(post_discounts)."


class AboveFund(Refusal):
    code, status = "ORDER_ABOVE_FUND", 422
    detail = "金额超出上限：总金额不得超过风险金，风险金不得超过服务的免押上限，请核对。"
    detail_en = "total_amount must not exceed the risk fund, nor that the service's ceiling."


class TotalRaised(Refusal):
    code, status = "ORDER_TOTAL_RAISED", 422
    detail = "修改后的金额不得高于原金额，请核对。"
    detail_en = "An amount can only be modified downwards."


class TimeWrong(Refusal):
    code, status = "ORDER_TIME_WRONG", 422
    detail = "时间不符：结束时间不得早于开始时间，且不得晚于现在，请核对。"
    detail_en = "The end lies before the start, or in the future."


class NotifyUrlWrong(Refusal):
    code, status = "NOTIFY_URL_WRONG", 422
    detail = "notify_url 须为不带参数的 https 地址，请核对。"
    detail_en = "notify_url must be an https address without a query."


class PermissionNotFound(Refusal):
    code, status = "PERMISSION_NOT_FOUND", 404
    detail = "没有这个授权，请核对授权协议号或 openid 及服务 ID。"
    detail_en = "There is no such permission."


class PermissionExists(Refusal):
    """WeChat Pay's own code."""

    code, status = "ALREADY_EXISTS", 409
    detail = "这个授权协议号的授权已由用户开启过，无需再申请，请查询授权状态；重新授权请换用新的协议号。"
    detail_en = "The permission of this code was opened already; query it, or use a new code for a new one."


class PermissionNotOpen(Refusal):
    code, status = "PERMISSION_NOT_OPEN", 409
    detail = "用户还没有开启这个授权，无需解除，请核对授权状态。"
    detail_en = "The user hasn't opened this permission."


class OrdersUnfinished(Refusal):
    code, status = "PERMISSION_ORDERS_UNFINISHED", 409
    detail = "该用户还有未完结的服务订单，请完结或取消后再解除授权。"
    detail_en = "There are unfinished orders of this user; end them first."


# -- citizens' side ---------------------------------------------------------------------------------------------


class ServiceOrderNotFound(Refusal):
    code, status = "SERVICE_ORDER_NOT_FOUND", 404
    detail = "没有找到这笔订单，请回到商户页面重新发起，或在“我的订单”中查看。"
    detail_en = "There is no such order for you."


class ServiceOrderOver(Refusal):
    """Carries `state`."""

    code, status = "SERVICE_ORDER_OVER", 409
    detail = "这笔订单已被商户取消或已过期，请回到商户页面重新发起。"
    detail_en = "The order was cancelled or has expired; start again with the merchant."


class PermissionTokenWrong(Refusal):
    code, status = "PERMISSION_TOKEN_WRONG", 404
    detail = "授权链接无效或已过期，请回到商户页面重新发起。"
    detail_en = "The permission's token is unknown or has expired; start again with the merchant."


class PermissionOpenAlready(Refusal):
    code, status = "PERMISSION_OPEN_ALREADY", 409
    detail = "您已对这家商户的这项服务开启过免确认，无需重复开启；如需更换请先关闭原来的。"
    detail_en = "You have opened this service with this merchant already."
