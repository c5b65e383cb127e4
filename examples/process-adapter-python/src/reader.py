"""Serves a SQLite file to Qianzhi over standard input and output. Python 3.8 and later, standard library alone.

One thread reads requests, so that a cancellation and the end of input are noticed at once; another answers them one by
one. Standard output is for answers alone: whatever else is to be said goes to standard error, and holds no value."""
import base64, datetime, json, os, pathlib, queue, re, sqlite3, sys, threading

METHODS = ["discover", "scan", "maximum"]
requests, running, connection, settings = queue.Queue(), [None], None, {}

class Refused(Exception):
    """An answer with one of the codes of the contract."""
    def __init__(self, code, **details):
        self.answer = {"code": code, "details": details}

def say(message):
    # ASCII, so that nothing depends on the encoding of a Windows console; strictly JSON, so never NaN.
    sys.stdout.write(json.dumps(message, allow_nan=False) + "\n")
    sys.stdout.flush()

def text(data):
    """Bytes that are no UTF-8 stand for themselves, one a byte, and are never replaced by a question mark."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(chr(0xDC00 + byte) for byte in data)

def raw(value):
    """A value as the contract has it: bytes in base64, integers that a double cannot hold as strings."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return str(value) if isinstance(value, int) and abs(value) > 2**53 - 1 else value

def undecoded(value):
    return isinstance(value, str) and re.fullmatch("[\udc00-\udcff]+", value)

def bound(value):
    """A position as the database takes it."""
    if undecoded(value): return bytes(ord(character) - 0xDC00 for character in value)
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value

def quoted(name):
    return '"' + name.replace('"', '""') + '"'

def run(sql, values=()):
    return connection.execute(sql, [bound(value) for value in values]).fetchall()

def type_of(declared):
    for pattern, name in (("INT", "integer"), ("CHAR|CLOB|TEXT", "text"), ("REAL|FLOA|DOUB", "double"), ("BLOB", "binary")):
        if re.search(pattern, declared.upper()):
            return name
    return "other"

def columns_of(relation):
    """The table's name, and of each column: name, declared type, whether it may be NULL, place in the primary key."""
    path = relation.get("table", ["query"])  # The example reads tables and views alone.
    rows = run(f"PRAGMA table_info({quoted(path[0])})") if len(path) == 1 else []
    if not rows:
        raise Refused("QZ_TABLE_NOT_FOUND", name=".".join(path))
    # An INTEGER PRIMARY KEY is never NULL though it is not said.
    return path[0], [(name, declared, not notnull and not (key and "INT" in declared.upper()), key)
                     for _, name, declared, notnull, _, key in rows]

def describe(relation):
    name, columns = columns_of(relation)
    key = [column for column, _, _, place in sorted(columns, key=lambda each: each[3]) if place]
    return {"name": [name], "key": key, "columns": [
        {"name": column, "native": declared, "type": type_of(declared), "nullable": nullable}
        for column, declared, nullable, _ in columns]}

def scan(relation, columns, order, pageRows, keys=None, nulls=None, until=None, where=None, **request):
    name, known = columns_of(relation)
    types = {column: type_of(declared) for column, declared, _, _ in known}
    for column in [each["name"] for each in columns] + order:
        if column not in types:
            raise Refused("QZ_COLUMN_NOT_FOUND", name=name, column=column, columns=list(types))
    for column in order:
        if types[column] in ("double", "other"):
            raise Refused("QZ_CURSOR_TYPE", column=column, type=types[column])
    tuple_of = lambda names: "(" + ", ".join(map(quoted, names)) + ")"
    marks = lambda values: "(" + ", ".join("CAST(? AS TEXT)" if undecoded(each) else "?" for each in values) + ")"
    start = request.get("from")
    tied = f"{tuple_of(order)} = {marks(start)}" if start else "0"
    gone = [f"({request['deletedWhen']}\n)"] if "deletedWhen" in request else []
    gone += [f"({request['keptWhen']}\n) IS NOT TRUE"] if "keptWhen" in request else []
    chosen = ", ".join([quoted(each["name"]) for each in columns] + [tied, "(" + (" OR ".join(gone) or "0") + ") IS TRUE"])
    tests, values = [f"{quoted(each)} IS NOT NULL" for each in ([] if keys else order)], 2 * (start or [])
    tests += [f"{tuple_of(order)} >= {marks(start)}"] if start else []
    if until:
        tests.append(f"{tuple_of(order[:len(until['values'])])} <{'=' if until['inclusive'] else ''} {marks(until['values'])}")
        values += until["values"]
    tests += [f"({where}\n)"] if where else []
    tests += ["(" + " OR ".join(f"{quoted(each)} IS NULL" for each in nulls) + ")"] if nulls else []
    if keys:
        tests.append("(" + (" OR ".join(f"{tuple_of(keys['columns'])} = {marks(each)}" for each in keys["values"]) or "0") + ")")
        values += [value for each in keys["values"] for value in each]
    sql = f"SELECT {chosen} FROM {quoted(name)}" + (" WHERE " + " AND ".join(tests) if tests else "")
    sql += " ORDER BY " + ", ".join(map(quoted, order)) if order else ""
    rows = run(f"{sql} LIMIT {pageRows + 1}", values)  # One more than asked for tells whether this is the end.
    page = rows[:pageRows]
    return {"rows": [[raw(value) for value in row[:-2]] for row in page], "tied": sum(row[-2] or 0 for row in page),
            "end": len(rows) <= pageRows, **({"deleted": [row[-1] for row in page]} if gone else {})}

def maximum(relation, column):
    return raw(run(f"SELECT max({quoted(column)}) FROM {quoted(columns_of(relation)[0])}")[0][0])

def discover():
    rows = run("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")
    return [{"name": [name], "kind": kind} for name, kind in rows]

def probe():
    zone = datetime.datetime.fromisoformat("2000-01-01T00:00:00" + settings["offset"]).tzinfo
    now = datetime.datetime.now(zone).strftime("%Y-%m-%d %H:%M:%S.%f")
    return {"product": "SQLite", "version": sqlite3.sqlite_version, "now": now, "offset": settings["offset"], "readOnly": True}

def open_source(options, **others):
    global connection
    settings.update(others)
    if not os.path.isfile(options["path"]):
        raise Refused("QZ_DATABASE_NOT_FOUND", name=options["path"])
    connection = sqlite3.connect(pathlib.Path(options["path"]).absolute().as_uri() + "?mode=ro", uri=True, check_same_thread=False, isolation_level=None)
    connection.text_factory = text
    return {"protocol": 1, "contract": 1, "methods": METHODS, "concurrent": 1}

def answer_requests():
    known = {"open": open_source, "probe": probe, "discover": discover, "describe": describe, "scan": scan, "maximum": maximum}
    while True:
        request = requests.get()
        if request["method"] == "close": os._exit(0)
        running[0] = request["id"]
        try:
            say({"id": request["id"], "result": known[request["method"]](**request["params"])})
        except Refused as error:
            say({"id": request["id"], "error": error.answer})
        except Exception as error:  # Of a fault of its own, the name alone: its words may hold values.
            of_database, words = isinstance(error, (sqlite3.Error, sqlite3.Warning)), type(error).__name__
            code = "QZ_CANCELLED" if "interrupted" in str(error) else "QZ_QUERY_FAILED" if of_database else "QZ_ADAPTER_FAULT"
            say({"id": request["id"], "error": {"code": code, "text": f"{words}: {error}" if of_database else words}})
        running[0] = None

threading.Thread(target=answer_requests, daemon=True).start()
for line in sys.stdin.buffer:
    message = json.loads(line)
    if "cancel" not in message:
        requests.put(message)
    elif message["cancel"] == running[0] and connection is not None:
        connection.interrupt()
# The agent is gone, or says goodbye: whatever still runs is of no use to anybody.
requests.put({"method": "close"})
threading.Event().wait(1)
os._exit(0)
