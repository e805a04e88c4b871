"""The ways in which certificates are refused."""

from app.kernel.errors import Refusal


class CertificateUnknown(Refusal):
    code, status = "CERTIFICATE_UNKNOWN", 404
    detail = "没有这份证明，请核对后再试。"
    detail_en = "There is no such certificate."


class NothingToCertify(Refusal):
    code, status = "NOTHING_TO_CERTIFY", 422
    detail = "所选期间没有已确认的服务时长，不能出具证明；请更换期间，或联系活动的组织方确认时长。"
    detail_en = "No confirmed minutes in this period; choose another, or ask the organiser to confirm them."


class CertificatePeriodWrong(Refusal):
    code, status = "CERTIFICATE_PERIOD_WRONG", 422
    detail = "期间有误，请更正：开始不能晚于结束，结束不能晚于今天。"
    detail_en = "The period begins before it ends, and ends today at the latest."


class CertificateFieldRefused(Refusal):
    """Carries `field`."""

    code, status = "CERTIFICATE_FIELD_REFUSED", 422
    detail = "填写的内容不合要求，请更正：不能为空、过长，也不能含有看不见的字符。"
    detail_en = "A field is empty, too long, or holds characters that can't be seen; see `field`."


class IssuerIncomplete(Refusal):
    code, status = "CERTIFICATE_ISSUER_INCOMPLETE", 409
    detail = "本组织还不能出具证明：请先在“证明设置”中填写负责人、经办人、联系方式并上传印章图片。"
    detail_en = "This organisation has said no responsible person, handler and contact yet, or has no seal."


class VolunteerIdentityMissing(Refusal):
    code, status = "VOLUNTEER_IDENTITY_MISSING", 409
    detail = "志愿者的登记中缺少证件号码，请登记的团组织补录后再出具证明。"
    detail_en = "The register lacks this volunteer's identity number; the League unit has to add it first."


class VolunteerIdentityDoubted(Refusal):
    code, status = "VOLUNTEER_IDENTITY_DOUBTED", 409
    detail = "志愿者的实名核验不一致，请登记的团组织先更正登记，再出具证明。"
    detail_en = "By the real-name check name and number don't belong together; the League unit mends its entry first."


class CertificateStateWrong(Refusal):
    code, status = "CERTIFICATE_STATE_WRONG", 409
    detail = "这份证明的状态已经改变，请刷新后查看。"
    detail_en = "The certificate is in another state by now; look again."


class CertificateNotIssued(Refusal):
    code, status = "CERTIFICATE_NOT_ISSUED", 409
    detail = "证明还没有出具，或者已经作废，没有可以下载的文件。"
    detail_en = "There is no paper: not issued yet, refused, or no longer valid."


class CertificateBroken(Refusal):
    code, status = "CERTIFICATE_BROKEN", 409
    detail = "这份证明的签名与内容不符，不能使用；已记录，请联系出具的组织重新出具。"
    detail_en = "Signature and text of this certificate differ; it can't be used. Ask for a new one."


class CertificatesUnready(Refusal):
    code, status = "CERTIFICATES_UNREADY", 503
    detail = "证明的签名密钥或字体尚未配置好，暂时不能出具证明，请联系平台运营人员。"
    detail_en = "The keyring holds no key `papers` yet, or CERTIFICATE_FONT names no TrueType font; ask the operator."


class CertificateCheckFailed(Refusal):
    """One answer for a wrong number, wrong last four, a wrong name."""

    code, status = "CERTIFICATE_CHECK_FAILED", 404
    detail = "没有查到与所填内容一致的证明，请对照纸面核对证明编号和证件号码后四位。"
    detail_en = "No certificate of this number belongs to this identity number's last four."


class CertificateChecksUsedUp(Refusal):
    code, status = "CERTIFICATE_CHECKS_USED_UP", 429
    detail = "查验次数过多，请稍后再试。"
    detail_en = "Too many tries; try again later."


class SealRefused(Refusal):
    code, status = "SEAL_IMAGE_REFUSED", 422
    detail = "印章图片不合要求：须为 PNG，长宽各 100 至 1000 像素、相差不超过一倍，大小不超过 500 KB。"
    detail_en = "The seal has to be a PNG of 100 to 1000 pixels each way, at most 500 KB."
