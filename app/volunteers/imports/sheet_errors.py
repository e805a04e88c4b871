"""The ways in which an uploaded spreadsheet is refused: each says which bound it breaks and what to do about it."""

from app.kernel.errors import Refusal


class SheetRefused(Refusal):
    """Carries `row` of the sheet, where it is one row's fault."""

    code, status = "SHEET_REFUSED", 422
    detail = "表格未被接受，请下载模板，把数据粘贴进去后重新上传。"
    detail_en = "The spreadsheet was refused; use the template."


class SheetTooLarge(SheetRefused):
    code, status = "SHEET_TOO_LARGE", 413
    detail = "文件过大，请把表格拆成几份分别上传，或删去图片等无关内容。"
    detail_en = "The file has too many bytes; split it, or remove pictures."


class SheetEmpty(SheetRefused):
    code = "SHEET_EMPTY"
    detail = "表格里没有内容：第一张可见工作表是空的。请把数据放在第一张工作表后重新上传。"
    detail_en = "The first visible sheet is empty."


class SheetOtherFormat(SheetRefused):
    code = "SHEET_OTHER_FORMAT"
    detail = "只接受 XLSX 和 CSV 文件。请在表格软件中“另存为”XLSX（.xlsx）后重新上传。"
    detail_en = "Only XLSX and CSV are taken; save it as one of them."


class SheetBroken(SheetRefused):
    code = "SHEET_BROKEN"
    detail = "文件已损坏或内部结构不正常，无法读取。请在表格软件中重新打开，另存为 XLSX 后再上传。"
    detail_en = "The file is damaged; open it and save it anew."


class SheetEncrypted(SheetRefused):
    code = "SHEET_ENCRYPTED"
    detail = "文件设有打开密码。请取消密码后另存，再重新上传。"
    detail_en = "The file is encrypted; remove its password."


class SheetEncoding(SheetRefused):
    code = "SHEET_ENCODING"
    detail = "CSV 的文字编码无法识别，只接受 UTF-8 和 GB18030（GBK）。请另存为“CSV UTF-8”或 XLSX 后重新上传。"
    detail_en = "The CSV is neither UTF-8 nor GB 18030."


class SheetTooManyParts(SheetRefused):
    code = "SHEET_TOO_MANY_PARTS"
    detail = "文件内部零件过多，不像一张登记表。请把数据粘贴到新下载的模板后重新上传。"
    detail_en = "The package has too many parts; paste the data into the template."


class SheetOddParts(SheetRefused):
    code = "SHEET_ODD_PARTS"
    detail = "文件内部有名称异常的零件，为安全起见不予读取。请把数据粘贴到新下载的模板后重新上传。"
    detail_en = "The package has parts of odd names; paste the data into the template."


class SheetUnzipsTooLarge(SheetRefused):
    code = "SHEET_UNZIPS_TOO_LARGE"
    detail = "文件解压后过大，或与声明的大小不符，为安全起见不予读取。请只把数据粘贴到新下载的模板后重新上传。"
    detail_en = "Unzipped it is too large, or other than it says; paste the data into the template."


class SheetMacro(SheetRefused):
    code = "SHEET_MACRO"
    detail = "文件含有宏，为安全起见不予读取。请另存为不含宏的 XLSX 后重新上传。"
    detail_en = "The file holds macros; save it as XLSX without them."


class SheetExternal(SheetRefused):
    code = "SHEET_EXTERNAL"
    detail = "文件引用了外部工作簿或数据连接。请断开链接（复制后“粘贴为数值”）再重新上传。"
    detail_en = "The file links to other workbooks or data; break the links."


class SheetDtd(SheetRefused):
    code = "SHEET_DTD"
    detail = "文件内部含有不允许的实体声明，为安全起见不予读取。请把数据粘贴到新下载的模板后重新上传。"
    detail_en = "A part declares a DTD or entities; paste the data into the template."


class SheetFarCell(SheetRefused):
    code = "SHEET_FAR_CELL"
    detail = "表格在很远的行或列里有单元格（可能只是带格式的空格）。请只选中数据区域，粘贴到新下载的模板后重新上传。"
    detail_en = "A cell stands far out; paste the data alone into the template."


class SheetTooManyRows(SheetRefused):
    code = "SHEET_TOO_MANY_ROWS"
    detail = "行数超过上限，请拆成几份分别上传。"
    detail_en = "Too many rows; split the file."


class SheetTooManyColumns(SheetRefused):
    code = "SHEET_TOO_MANY_COLUMNS"
    detail = "列数超过上限，请只保留要导入的列后重新上传。"
    detail_en = "Too many columns; keep those to be imported."


class SheetCellTooLong(SheetRefused):
    code = "SHEET_CELL_TOO_LONG"
    detail = "有单元格的文字过长（也可能是 CSV 的引号没有成对），请核对该行后重新上传。"
    detail_en = "A cell is too long, or a quote of the CSV isn't closed."


class SheetTooSlow(SheetRefused):
    code = "SHEET_TOO_SLOW"
    detail = "读取超过了允许的时间。请稍后再试；仍不行的，请只把数据粘贴到新下载的模板，或拆成几份后重新上传。"
    detail_en = "Reading took too long; paste the data into the template, or split it."


class SheetTooHeavy(SheetRefused):
    code = "SHEET_TOO_HEAVY"
    detail = "读取所需内存超过上限。请只把数据粘贴到新下载的模板，或拆成几份后重新上传。"
    detail_en = "Reading takes too much memory; paste the data into the template, or split it."


BY_CODE = {refusal.code.removeprefix("SHEET_"): refusal for refusal in (
    SheetEmpty, SheetOtherFormat, SheetBroken, SheetEncrypted, SheetEncoding, SheetTooManyParts, SheetOddParts,
    SheetUnzipsTooLarge, SheetMacro, SheetExternal, SheetDtd, SheetFarCell, SheetTooManyRows, SheetTooManyColumns,
    SheetCellTooLong, SheetTooSlow, SheetTooHeavy)}
