"""States in words, and how they look."""

VOLUNTEERS = {"applied": ("待审核", "wait"), "refused": ("未通过", "bad"), "registered": ("已登记", "good"),
              "left": ("已退出", "")}
REAL_NAMES = {"unchecked": ("未核验", ""), "waiting": ("核验中", "wait"), "matched": ("一致", "good"),
              "mismatched": ("不一致", "bad")}
