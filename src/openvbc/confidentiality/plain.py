"""A SELECT over canonical tables, made to read only their rows that are not sensitive."""

from sqlglot import exp, parse_one

from openvbc.sources.reader import canonical_models


def plain_rows_only(sql: str) -> str:
    """The same SELECT over the rows of canonical tables that have no sensitivity."""
    tables = canonical_models().keys()

    def plain(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Table) or node.name not in tables:
            return node
        select = f"SELECT * FROM {node.name} WHERE coalesce(sensitivity, '') = ''"
        rows = parse_one(select, dialect="duckdb")
        return exp.Subquery(
            this=rows, alias=exp.TableAlias(this=exp.to_identifier(node.alias_or_name))
        )

    return parse_one(sql, dialect="duckdb").transform(plain).sql(dialect="duckdb")
