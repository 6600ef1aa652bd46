"""Why something was refused (被拒绝的原因), by the code of the answer, for the journal. Pure.

The person who asked was told in a whole sentence; here is the word for who reads it afterwards.
"""

REFUSALS = {
    "forbidden": "没有权限", "not_allowed": "规定不允许", "not_found": "没有这一项", "wrong_password": "密码不对",
    "stale_occurrence": "该次报警已结束或已换成新的一次", "already_acknowledged": "已被确认", "not_acknowledged": "尚未确认",
    "still_active": "报警条件仍然存在", "not_latched": "没有锁存", "already_shelved": "已经搁置", "not_shelved": "没有搁置",
    "not_suppressed": "没有抑制", "not_out_of_service": "没有停用", "too_many_shelved": "搁置数已到上限",
    "shelve_priority": "该优先级不能搁置", "bad_shelve_time": "搁置时间不对", "note_required": "没有填写备注",
    "reason_required": "没有填写原因", "reason_text_required": "没有写明原因", "no_reason": "没有填写原因",
    "second_person_required": "须由另一人批准", "same_person": "须由另一人办理", "bad_limits": "限值不对",
    "no_change": "没有变化", "missing_fields": "没有填全", "bad_field": "填写有误", "wrong_state": "表单已不在这一步",
    "no_such_step": "没有这一步", "form_changed": "表单刚被别人改过", "already_there": "已经有了", "already_made": "已经有了",
    "bad_attachment": "附件种类不对", "too_large": "附件太大", "too_many": "附件太多", "weak_password": "密码太简单",
    "password_expired": "密码已到期", "three_admins": "违反三员分立", "name_taken": "用户名已有人用",
}  # fmt: skip


def refusal_word(code: str) -> str:
    """A code that has no word is shown as it is."""
    return REFUSALS.get(code, code)
