"""The script of every Unicode code point, numbered as ICU does."""

from __future__ import annotations

import base64
import functools
import zlib
from typing import Any

import numpy as np

# The Unicode character database's scripts: for each run of code points of one script the distance of
# its start from the one before (uint32), then one more than its number (uint16); packed.
_COUNT = 1587
_PACKED: tuple[str, ...] = (
    'c-qC7+ml^I6~<5Rv(J4pXYQAixtt`E49QGLLP*FYKoX(>3M9k;F%YRdAhj__VrtOBSV-XoFQ5ojfT7f=7(p!yZ$uO|SX%xCQa<tE',
    'vkyM0FIKsF_qWdZW@VofCSdvS>+aq6UcGv)?w!l!a(jh_P(-{*a6%n%K^R4P8u6PF%%aQ_2}8n3Ax51%^7Y%9w4-|bJ%o6-',
    '&@1!_pGRM>pllt!uR^SSTqBf)l^DyfsfIZ^d^_~(GH4>MqFn>u4<cSoZLg)VH)AfoY!~HUiL}ac0^d5GA7h&^jPC*DY5hszAl6bx',
    '+Xl(8j67uo`6VOY808gHKSm#p>NwidaU<U%)yo<$%7}Tr1=BuHeV2@W`0sw~h1RJUo#`~b&cABv=c!Je=F)>cN~Zp$<ZH*X^39`e',
    'zJq)RFvp1G%QA`0oE?puH!{p)9Wna1{X`jOU>J2*n04!U??YbMl*d?CMESh8Rg_n{^j*!6U8gZh#)k0TMi|46v(<d7?)K3+;_?Bc',
    '$BeEyngh?RX!fLxyejRB-;bT7*Z%yk&Dc-1Ph%#36m<(GzeqCBbL?%`O(>s1-',
    'Yk8yO)rrg{d~^CrrP=V@;O?wPuy(wp=9Q!`RmR1s(08<=eS_<_aSaVw(7I)LcYr6u_)M0U*{IYHH^1{)?b7EtL_b9zpNgqeYlroU',
    'ZmLCxC-gFFF%6u<{;PoC{tgmXST=qPX9ec`|syFk2($VZF!Q*1kGnR`H%>8dEULq??>HR(f3C5xktDfdhPRfAiqwwWi!^R>x;-',
    '<lu3pwGHiS?!zLG?hpK;D$gZ%R+K+fAweyJ)qYLZIce#V#cXYpr;FI~h^in_md(imB3hkxOKTQ7Jk^H&O6=>gtO<IMrbw(~a=1Ro',
    '<I9uvdo{xf`R((E;Ni9Zgz3}ZGpu62By6-GPex)upU<cXaUb0OUI>(nA`#Btf-',
    'l<JK0$IL=Joan6U*niVO#2&?j@^~vkA42#^j#nucQ5(9ChTSpzV*EBLHZ!c@k7GP!iDir{-1-',
    'P@2BDrUxRu2^D^&(tvQBvW!x+8$9%StP1=Bc)ibGQcL&<-N8E$_ChnY$?0${xfbZirDzB34rs)n{A)U8AW*_{Nz6;n6a-',
    '5|bbLPCn)c5UlU)DZfnhR?iMICPsVmT-exlr$;(Ag4Xpzo1}(P7u&e(J|Lg)?;=efD9GeR{ia1<9f>!+x$Io8U<QbnGXLe`uQbR*',
    'mj58)+}{9puV)K9+Bl?ovI-Z<x99-B-`D*S*tpXJjAX_vwJKS86{tBK<h&))umF`UaapKY8R8$QMo-',
    'U5zoP4bX?p<O5aiGt_U4{VBs&sjffm_1J}RN6^;Sd4Xi8<IbBqHOpy)^tFk7DbrbIxvK6>P(KaQgFWbD4D%jByDQ0FX+QS9JxTM6',
    '&HcKBewA6ePgJ18sw*R8CkJV)0rJiI7V`4H8TMc+_J1qNiX?YGmvydfKQ<Wu6~X3c{SC0o6Oe)Wk=ro-',
    '6zR|n#)poRt{2Hq51{W^^mUB>CDc%^d%d^A-IIN@-j#MiMpb%0Ecac=_d@H7?3=7$-aP7`z9Jl@I#amotNhPlpY_h;&-',
    'DArwiK~{gSc0#47cM<M)V%`HtqucZ`=pp+(YYQ8(KE&oigu!)xj$Hs)+1-',
    '4dd%t4nfz`Il8u=*hu%VD%qQ+k$*3A*6zc+`Og&5o|H*OMN_`kd>2`EF6iTV(w(d5j(R2^eEJF6H^1IL3U5dUo8tBy{w$4eltEq>',
    '-?k8iF{U$o^f9uBMUrcke2A`H-}ZjbUzG;;Nc<7JiDJ@&e%K}}n;Q9ue~$(^c_F^#!Ws7S{?}^ky9>5IkN)(((vy-OOU2`Kf6tTM',
    ';=6_Cs7&^s$e%^o_0(^f&c+nl?1ByPayUcpxWgD{96tC?tn0>%e^d6Km?NEcMy`9!-KA{GCyY%gn169v?+)BIW?cJU=95v-',
    'qXOyF?S*!me)D!_JM$Ov+kAJ^d7gCPy`+8n#GmM1v!337+^%0bd>_iL6aGMJTWRKD)738jeT!YnT*ezbtN%-',
    '3+r?(D;tq4DlDrEvj{@ait>?qF-{to~Z|de>MxE@5@B1gX!#B)7EbXUa-djcJ_FwZs-}D@5yohm+&|P?l-',
    'c37<ol{>tWqkA_n9m34?%G58#QzlwbO#xy|ECq2TM2sgEWIsM21S|J+vkF>+SV8B&D$8~@sTj*7BTeGGJz?{{F@ATi`a+P{$6eQ8',
    'gCCD6aJC*-',
    '?#)tA(FjtLSkY~D`lY~wJY)!6GKE^TD9Tt2>A3GDGB7oHz)Gu^L$1^&z)dR+CHIvYSKeZQZ<oua#{4hOZqO8=4CSTE?K)QMkHJ=E',
    '4#3Inam0<4ab+k6`8m+o|H3}5Kb7B^P9XUl)!p9c}Z@S^u9{sIWRBZiTIyH?sjd)hzY3?NS3f(*m4ouB=lUngfX#XiEvy(OC;<Dr',
    '{qSH2!|vLJd~c~AeU2VZI?+RmcpNW9|l4?O4~Gyl~_JHinmA!>{5bsSVOQz)^;VtCQ2_zxRCZxmax1;1FmcFPWHEw_BcR<5e8aBq',
    'D>*4$n7%7a99{kNyNS;QX_$-',
    'O(ZXT4YulNPl?<h1D_M0>Bs(TOBxNxqaioDFo%1Dlb|N=QYV~{^og|p18J=TX=+l!eM^`W|Bwia9abGitV717wB91tp{P6>89tzm',
    'T5h)E33fYzbQLXiwCc8u2F>_`OLjkzn__3$_3B8e)+M<Ig$G)5nojAJ@NQvy%JmX@s&c#8DzWFs;7h_;a0jtDlZPdIIQRA3(-',
    'M2W*W##zM{^&O&~rHVRS5$-CG5r*a$l41Q{WRRk4pGx?zDubbDx$_IU;<Z#d!(OL*{Q1uM58tekc4|xS_=(5_-',
    'M?J_)`fyZ{USE%5yeo&jI(Le#a?^CR$W@B{D?@b>cz_%88t;n|emOW2J!h@S~R70wB-',
    '7=B2++J#?q;FsxHS6_X<gv?Fgn}W9l&k;|6TQhh~_%QKe?s?Je3plSYrd&X3G__g7X)2L=N$!gmvDD69>>KLlB)<22Tta0bgWni_',
    '3!VZm6V}@Nzv;g6;s3E@yED)QN8b6r2k<(`',
)
# The names that patterns use, in the order of ICU's numbers where these are consecutive.
_NAMES = """
Common Inherited Arabic Armenian Bengali Bopomofo Cherokee Coptic Cyrillic Deseret Devanagari Ethiopic
Georgian Gothic Greek Gujarati Gurmukhi Han Hangul Hebrew Hiragana Kannada Katakana Khmer Lao Latin
Malayalam Mongolian Myanmar Ogham Old_Italic Oriya Runic Sinhala Syriac Tamil Telugu Thaana Thai Tibetan
Canadian_Aboriginal Yi Tagalog Hanunoo Buhid Tagbanwa Braille Cypriot Limbu Linear_B Osmanya Shavian
Tai_Le Ugaritic
""".split()


@functools.cache
def _table() -> tuple[np.ndarray, np.ndarray]:
    raw = zlib.decompress(base64.b85decode("".join(_PACKED)))
    starts = np.cumsum(np.frombuffer(raw, "<u4", _COUNT)).astype(np.int64)
    return starts, np.frombuffer(raw, "<u2", _COUNT, 4 * _COUNT).astype(np.int32) - 1


def scripts_of(codes: np.ndarray) -> np.ndarray:
    """The script number of each code point; -1 outside Unicode.""",
    starts, numbers = _table()
    inside = (codes >= 0) & (codes < 0x110000)
    found = numbers[np.searchsorted(starts, np.where(inside, codes, 0), side="right") - 1]
    return np.where(inside, found, -1).astype(np.int32)


@functools.cache
def _all() -> list[int]:
    return scripts_of(np.arange(0x110000)).tolist()


def script_of(code: int) -> int:
    """The script number of one code point.""",
    return _all()[code]


def number_of(name: Any) -> int | None:
    """The number of a script, None if there is none of this name.""",
    return _NAMES.index(name) if name in _NAMES else None
