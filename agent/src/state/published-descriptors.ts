import { storedJson } from "@qianzhi/exchange";
import type { Store } from "@qianzhi/exchange";
import type { ResourceDescriptor } from "@qianzhi/sdk";

/** The latest version of a resource in the platform's catalog, as it was heard last; undefined before. */
export function readPublished(
  { database }: Pick<Store, "database">,
  resource: string,
): ResourceDescriptor | undefined {
  const row = database
    .prepare<{ descriptor: string }>("SELECT descriptor FROM published WHERE resource = ?")
    .get(resource);
  return row === undefined ? undefined : (storedJson(row.descriptor) as ResourceDescriptor);
}

export function writePublished(
  { database }: Pick<Store, "database">,
  descriptor: ResourceDescriptor,
): void {
  database
    .prepare(
      "INSERT INTO published VALUES (?, ?) ON CONFLICT DO UPDATE SET descriptor = excluded.descriptor",
    )
    .run(descriptor.identifier, JSON.stringify(descriptor));
}
