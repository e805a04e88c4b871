"""The ways in which an import says no; what is wrong with the file itself is in sheet_errors.py."""

from app.kernel.errors import Refusal


class ImportUnknown(Refusal):
    code, status = "IMPORT_UNKNOWN", 404
    detail = "没有这次导入，请核对地址，或从导入记录中打开。"
    detail_en = "There is no such import."


class ImportMoved(Refusal):
    code, status = "IMPORT_MOVED_ON", 409
    detail = "这次导入已进入下一步，请刷新页面查看最新状态。"
    detail_en = "The import has moved on; look at it again."


class ImportHasWrong(Refusal):
    code, status = "IMPORT_HAS_WRONG_ROWS", 409
    detail = "表格中还有不能导入的行。请下载标注了问题的表格，改好后重新上传；或选择只导入没有问题的行。"
    detail_en = "Some rows are wrong; mend them, or import the valid ones."


class ImportNothingToDo(Refusal):
    code, status = "IMPORT_NOTHING_TO_DO", 409
    detail = "表格中没有可以导入的行，请下载标注了问题的表格，改好后重新上传。"
    detail_en = "No row can be imported."


class ImportColumnsWrong(Refusal):
    """Carries `errors` by column."""

    code, status = "IMPORT_COLUMNS_WRONG", 422
    detail = "列的对应关系不完整：必填的列都要选择，同一列不能选两次。请改好后再继续。"
    detail_en = "Each needed column has to be chosen, and none of them twice."


class ImportForgotten(Refusal):
    code, status = "IMPORT_FORGOTTEN", 409
    detail = "这次导入的明细已超过保存期限并清除，不能再下载或撤销；需要更正的，请在志愿者页面逐个办理。"
    detail_en = "The rows of this import have been forgotten; correct the entries one by one."
