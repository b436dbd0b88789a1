"""The two pieces of money arithmetic that SQL models may use besides sums.

Both take and give whole cents, multiply in a wide integer so that no product overflows, and
round half away from zero: a division of the doubled magnitude by the doubled divisor with half
a divisor added is exact integer arithmetic, the same on every engine.
"""

from typing import Final

TIMES_RATE: Final = """\
CREATE OR REPLACE TEMP MACRO times_rate(cents, rate_e9) AS CAST(
    CAST(sign(cents) * sign(rate_e9) AS HUGEINT)
    * ((2 * CAST(abs(cents) AS HUGEINT) * CAST(abs(rate_e9) AS HUGEINT) + 1000000000) // 2000000000)
    AS BIGINT)"""
"""cents × rate, the rate in billionths (0.98 is 980000000)."""

PRORATE: Final = """\
CREATE OR REPLACE TEMP MACRO prorate(cents, part, whole) AS CAST(
    CAST(sign(cents) * sign(part) AS HUGEINT)
    * ((2 * CAST(abs(cents) AS HUGEINT) * CAST(abs(part) AS HUGEINT) + whole) // (2 * whole))
    AS BIGINT)"""
"""cents × part ÷ whole, for a whole above zero (months of a year, days of a stay)."""

MACROS: Final = (TIMES_RATE, PRORATE)
"""What an engine runs before any model."""
