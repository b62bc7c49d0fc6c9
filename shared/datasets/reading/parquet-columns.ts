import type { DuckDBConnection } from "@duckdb/node-api";
import { sqlName } from "../children/duckdb.ts";
import { isJsonObject, parseExactJson } from "../json/exact-json.ts";

/** A column of a Parquet file: how DuckDB is asked for it, and its value from the text that comes. */
export interface ParquetColumn {
  /** As the file has it: DuckDB calls the later of two names that differ in case alone something else. */
  name: string;
  /** An SQL expression whose value is text or null. */
  expression: string;
  parse: (text: string) => unknown;
}

/**
 * The columns of a Parquet file in their order, with their own names.
 * @param file the argument of read_parquet, quoted for SQL
 */
export async function parquetColumns(connection: DuckDBConnection, file: string): Promise<ParquetColumn[]> {
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${file})`);
  const { children } = await schemaOf(connection, file);
  return described.getRows().map(([alias, type], at) => {
    const field = children[at] ?? { name: String(alias), children: [] };
    return columnOf(field, sqlName(String(alias)), String(type));
  });
}

/** The client takes a byte order mark at the begin of a text for none of the text: one more is put before it. */
const MARK = "chr(65279)";
const keepingMark = (text: string) =>
  `CASE WHEN starts_with(${text}, ${MARK}) THEN ${MARK} || ${text} ELSE ${text} END`;

function columnOf(field: SchemaField, column: string, type: string): ParquetColumn {
  const { name } = field;
  const asText = (text: string) => text;
  if (type === "VARCHAR") return { name, expression: keepingMark(column), parse: asText };
  if (type === "BLOB") {
    const text = `TRY(decode(${column}))`;
    // Text is written without saying that it is text by older writers; bytes that are no UTF-8 stay bytes.
    const other = `to_json({bytes: base64(${column})})::VARCHAR`;
    const marked = `CASE WHEN ${text} IS NULL THEN 'b' || ${other} ELSE 't' || ${text} END`;
    return {
      name,
      expression: `CASE WHEN ${column} IS NULL THEN NULL ELSE ${marked} END`,
      parse: markedValue,
    };
  }
  // As JSON, DuckDB writes 1.10 without its last digit.
  if (/^DECIMAL\(\d+,\d+\)$/.test(type))
    return { name, expression: `${column}::VARCHAR`, parse: parseExactJson };
  const parse = (text: string) => withOwnNames(parseDuckDbJson(text), field);
  return { name, expression: `to_json(${column})::VARCHAR`, parse };
}

const markedValue = (text: string) => (text.startsWith("t") ? text.slice(1) : parseExactJson(text.slice(1)));

interface SchemaField {
  name: string;
  children: SchemaField[];
}

/** The file's own tree of names; parquet_schema lists it depth first, each with the number of its children. */
async function schemaOf(connection: DuckDBConnection, file: string): Promise<SchemaField> {
  const listed = await connection.runAndReadAll(`SELECT name, num_children FROM parquet_schema(${file})`);
  const rows = listed.getRows().map(([name, count]) => ({ name: String(name), count: Number(count ?? 0) }));
  let at = 0;
  const take = (): SchemaField => {
    const row = rows[at++];
    const field: SchemaField = { name: row?.name ?? "", children: [] };
    for (let child = 0; child < (row?.count ?? 0) && at < rows.length; child++) field.children.push(take());
    return field;
  };
  return take();
}

/** Members of structs by the names that the file gives them, in its order. */
function withOwnNames(value: unknown, field: SchemaField): unknown {
  if (Array.isArray(value)) {
    const element = elementOf(field);
    return element.children.length > 0 ? value.map((one) => withOwnNames(one, element)) : value;
  }
  if (!isJsonObject(value) || field.children.length === 0) return value;
  const members = Object.values(value);
  // The members of a map are its keys, which no schema lists.
  if (members.length !== field.children.length || isMap(field)) return value;
  return Object.fromEntries(
    field.children.map((child, at) => [child.name, withOwnNames(members[at], child)]),
  );
}

const isMap = ({ children }: SchemaField) =>
  children.length === 1 && /^(key_value|map)$/.test(children[0]!.name);

/** Lists have a layer of their own between the field and its elements. */
function elementOf(field: SchemaField): SchemaField {
  const [repeated] = field.children;
  if (field.children.length !== 1 || !repeated) return field;
  return repeated.children.length === 1 ? repeated.children[0]! : repeated;
}

/** DuckDB writes NaN and Infinity bare, which JSON does not have. */
function parseDuckDbJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return parseExactJson(
      text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|nan|Infinity|inf)\b/g, (found) =>
        found.startsWith('"') ? found : "null",
      ),
    );
  }
}
