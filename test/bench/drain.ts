// The yardstick of reading: every row into an array by the bare driver, and thrown away. Arguments: URL.
import { readPages } from "./read-pages.ts";

const [url = ""] = process.argv.slice(2);
let rows = 0;
for await (const page of readPages(url)) rows += page.length;
process.stdout.write(JSON.stringify({ rows }));
