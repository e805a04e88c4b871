"""An objection as somebody might write it."""

from app.volunteers.outstanding.objecting import Words

SAID = Words("据我了解，其服务时长的记录与实际不符，请予核实。", "示例来信人")
