"""The ways in which enrolling merchants says no."""

from app.kernel.errors import Refusal


class UsccInvalid(Refusal):
    code, status = "USCC_INVALID", 422
    detail = "统一社会信用代码校验不通过，请核对；确认无误的，可由运营人员写明理由后放行。"
    detail_en = "The unified social credit code fails its check; an operator may let it through with a reason."


class MerchantExists(Refusal):
    code, status = "MERCHANT_EXISTS", 409
    detail = "该统一社会信用代码或商户号已登记，请核对后使用已有的登记。"
    detail_en = "A merchant with this code or number is enrolled."


class MerchantUnknown(Refusal):
    code, status = "MERCHANT_UNKNOWN", 404
    detail = "没有这个商户，请核对商户号。"
    detail_en = "There is no such merchant."


class FieldRefused(Refusal):
    code, status = "MERCHANT_FIELD_REFUSED", 422
    detail = "登记内容的格式不符，请核对。"
    detail_en = "A field has the wrong form; see `field`."


class KeyRefused(Refusal):
    code, status = "MERCHANT_KEY_REFUSED", 422
    detail = "公钥须与商户的签名套件一致（2048 至 4096 位 RSA 或国密 SM2，PEM 格式），序列号为 8 至 64 位字母数字。"
    detail_en = ("A public key or certificate (PEM) of the merchant's suite (RSA of 2048 to 4096 bits, or SM2), and a "
                 "serial of 8 to 64 characters.")


class KeyExists(Refusal):
    code, status = "MERCHANT_KEY_EXISTS", 409
    detail = "这个序列号已登记过，请换用新的序列号。"
    detail_en = "A key with this serial was registered before."


class TooManyKeys(Refusal):
    code, status = "MERCHANT_KEYS_TOO_MANY", 409
    detail = "同时有效的公钥最多两把，请先吊销旧的。"
    detail_en = "Two keys may be live at once; revoke one first."


class KeyUnknown(Refusal):
    code, status = "MERCHANT_KEY_UNKNOWN", 404
    detail = "没有这把有效的公钥，请核对序列号。"
    detail_en = "There is no such live key."


class StoreExists(Refusal):
    code, status = "STORE_EXISTS", 409
    detail = "这个门店编号已登记，请换一个。"
    detail_en = "A store with this code is there."
