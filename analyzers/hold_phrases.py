"""What agents say about holds: before one, and on coming back from one.

All are found by sound (`analyzers.sound`), because recognisers write about one Hanzi in six wrong.
"""

from __future__ import annotations

# Announce a hold.
HOLD_PHRASES = (
    *("稍等", "稍候", "稍微等", "等一下", "等一会", "等会儿", "等一等", "等片刻"),
    *("等我", "请等", "耐心等待", "等待一下"),
    *("等候", "在线等", "保持在线", "等一分钟", "等两分钟", "等几分钟", "给我一分钟", "给我两分钟", "给我几分钟"),
    *("不要挂", "别挂", "勿挂", "占用您", "需要一点时间", "需要几分钟", "花一点时间", "花几分钟"),
    *("系统有点慢", "系统比较慢", "电脑有点慢", "正在加载", "正在查", "查询一下", "核实一下", "核对一下", "确认一下"),
    *("我查一下", "我看一下", "我问一下", "我去问", "我去确认", "去核实", "测一下", "测试一下", "检查一下", "请示一下"),
    *("记录一下", "登记一下", "操作一下", "处理一下", "调一下", "翻一下", "算一下"),
    *("帮您查", "帮你查", "为您查", "给您查", "给你查", "帮您看", "帮你看", "帮您问", "帮您测", "帮您核实", "为您核实"),
    *("为您转接", "帮您转", "给您转"),
    *("hold on", "hang on", "please hold", "hold please", "mind holding", "can you hold", "could you hold", "on hold"),
    *("brief hold", "short hold", "quick hold", "hold for", "hold while", "hold the line"),
    *("one moment", "one second", "one sec", "one minute", "just a moment", "just a second", "just a sec"),
    *("just a minute", "for a moment", "for a minute", "for a second", "give me a", "allow me a"),
    *("take a moment", "take a minute", "take a few", "two minutes", "few minutes", "couple of minutes"),
    *("bear with me", "please wait", "wait while", "stay on the line", "stay with me"),
    *("don't go away", "don't hang up"),
    *("be right back", "won't be long", "not be long", "system is slow", "computer is slow", "system is loading"),
    *("while i check", "while i look", "while i get", "while i pull", "while i ask", "while i call", "while i ring"),
    *("while i find", "while i speak", "while i transfer", "transfer you", "put you through"),
    *("let me check", "let me look", "let me see", "let me pull", "let me find", "let me ask", "let me get"),
    *("let me speak", "let me call", "let me transfer", "i'll look", "i'll find out", "i will check"),
    *("looking that up", "looking it up", "looking into that", "pulling up", "bringing up", "bring up your"),
    *("pull that up", "pull it up", "just checking", "i'm checking", "i am checking", "check with", "need to speak to"),
)

# Of holds too, but said after one: what announces nothing is taken out before `HOLD_PHRASES` are looked for.
RETURN_PHRASES = (
    *("感谢您的耐心等待", "谢谢您的耐心等待", "感谢您耐心等待", "谢谢您耐心等待", "感谢耐心等待", "谢谢耐心等待"),
    *("感谢您的等候", "谢谢您的等候", "感谢您耐心等候", "谢谢您耐心等候", "感谢您的耐心等候", "谢谢您的耐心等候"),
    *("感谢等候", "谢谢等候", "谢谢您等我", "感谢您等我"),
    *("been on hold", "being on hold", "was on hold", "were on hold"),
)

# Said on coming back: thanks for waiting, or an apology.
THANKS_AND_APOLOGIES = (
    *RETURN_PHRASES,
    *("久等", "久候", "等久了", "等了这么久", "耽误您", "感谢您的等待", "谢谢您的等待", "感谢等待", "谢谢等待"),
    *(
        "感谢您等",
        "谢谢您等",
        "多谢等待",
        "多谢您",
        "感谢您的耐心",
        "谢谢您的耐心",
        "感谢耐心",
        "不好意思",
        "抱歉",
        "对不起",
    ),
    *("thank you for holding", "thanks for holding", "thank you for waiting", "thanks for waiting"),
    *("thank you so much for holding", "thank you so much for waiting", "thanks so much for holding"),
    *("thank you very much for holding", "thank you very much for waiting", "thank you for your patience"),
    *("thanks for your patience", "thank you so much for your patience", "for being so patient", "for being patient"),
    *("appreciate your patience", "appreciate you holding", "appreciate you waiting", "thank you for hanging"),
    *(
        "thanks for hanging",
        "thank you for bearing",
        "thanks for bearing",
        "thank you for staying",
        "thanks for staying",
    ),
    *("sorry", "apologies", "apologize", "apologise", "pardon the wait", "keep you waiting", "kept you waiting"),
)
