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


class StoreUnknown(Refusal):
    code, status = "STORE_UNKNOWN", 404
    detail = "没有这个门店，请返回门店列表核对。"
    detail_en = "There is no such store."


class StoreStaffed(Refusal):
    code, status = "STORE_STAFFED", 409
    detail = "还有店员在这个门店，请先把他们调到其他门店或停用其账号，再关闭门店。"
    detail_en = "Clerks work at this store; move them or close their accounts first."


# -- joining -------------------------------------------------------------------------------------------------


class UsccUnsure(Refusal):
    code, status = "USCC_UNSURE", 422
    detail = "统一社会信用代码的校验位不对，请核对；确认与证照一致的，请勾选“确认无误”后再提交，由运营人员人工核对。"
    detail_en = "The code fails its check; tick that you are sure, and an operator will look at it."


class PaperRefused(Refusal):
    code, status = "JOINING_DOCUMENT_REFUSED", 422
    detail = "材料须为 PDF、JPEG 或 PNG 文件，请更换后再提交。"
    detail_en = "Papers are PDF, JPEG or PNG files."


class PaperMissing(Refusal):
    code, status = "JOINING_DOCUMENT_MISSING", 422
    detail = "请上传营业执照或法人证书；补充时请写明说明或上传材料。"
    detail_en = "The licence has to be there; to add something, say or upload it."


class PapersTooMany(Refusal):
    code, status = "JOINING_DOCUMENTS_TOO_MANY", 409
    detail = "这份申请已上传的材料过多，请联系运营人员处理。"
    detail_en = "The application has as many papers as it can take."


class ApplicationUnknown(Refusal):
    """A wrong number and wrong digits are one answer, so that nothing can be learnt."""

    code, status = "JOINING_UNKNOWN", 404
    detail = "没有找到申请，请核对回执号和联系手机号后四位。"
    detail_en = "There is no such application; check the receipt's number and the phone's last four digits."


class ApplicationStateWrong(Refusal):
    code, status = "JOINING_STATE_WRONG", 409
    detail = "这份申请现在的状态不能这样操作，可能已有人处理，请刷新后查看。"
    detail_en = "The application's state doesn't allow this; somebody may have dealt with it."
