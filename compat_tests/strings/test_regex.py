"""Regular expressions in RE2's syntax."""

from __future__ import annotations

from compat_tests.expressions import expression_table


def values(tf):
    return {
        "rt": tf.ragged.constant([[1, 2], [], [3]]),
        "rs": tf.ragged.constant([["a", "bc"], ["d"]]),
        "S": ["", "a", "abcd", "abcdefgh", "0123456789abcdef", "0123456789abcdefg", "x" * 33, "y" * 64, "z" * 65, "abc" * 100, "ñandú"],
    }


test_regex = expression_table(
    r"""
    tf.strings.regex_full_match(['ab\n','ab'],'ab$')
    tf.strings.regex_full_match('ñ','.')
    tf.strings.regex_replace('ñañ','.','x')
    tf.strings.regex_replace('a1 b2','[[:alpha:]]','_')
    tf.strings.regex_replace('a1 b2','[^[:alnum:][:space:]]|\\d','_')
    tf.strings.regex_replace('añB 1','\\pL','_')
    tf.strings.regex_replace('añB 1','\\p{Lu}','_')
    tf.strings.regex_replace('añB 1','\\P{L}','_')
    tf.strings.regex_replace('αbc','\\p{Greek}','_')
    tf.strings.regex_replace('baac','a*','-')
    tf.strings.regex_replace('abc','','-')
    tf.strings.regex_replace('abc','b','\\\\')
    tf.strings.regex_replace('abc','(b)','[\\1\\0]')
    tf.strings.regex_replace('abc','b','\\1')
    tf.strings.regex_replace('abc','b','\\n')
    tf.strings.regex_replace('ABC','(?i)b','x')
    tf.strings.regex_replace('a.b','\\.','x')
    tf.strings.regex_replace('abc','(?=b)','x')
    tf.strings.regex_replace('abab','(a)\\1','x')
    tf.strings.regex_replace('abc','[','x')
    tf.strings.regex_replace('abc','*','x')
    tf.strings.regex_replace('aXbX','X','y',replace_global=False)
    tf.strings.regex_replace('a\nb','a.b','y')
    tf.strings.regex_replace('a\nb','(?s)a.b','y')
    tf.strings.regex_replace('a\nb','(?m)^b$','y')
    tf.strings.regex_replace('éa','\\w','y')
    tf.strings.regex_replace('été','\\bt','y')
    tf.strings.regex_replace('x','\\x{78}','y')
    tf.strings.regex_replace('aab','(?U)a+','y')
    tf.strings.regex_replace('a+b','\\Qa+\\E','y')
    tf.strings.regex_replace('john smith','(?P<f>\\w+) (?P<l>\\w+)','\\2 \\1')
    tf.strings.regex_replace('[x]',r'[%s]' % '!"#$%&()\\*\\+,-\\./:;<=>?@\\[\\\\\\]^_`{|}~','')
    """,
    values,
)
