import { client } from "../api/client";

/** A name that no document has yet: `wanted`, else `wanted 2`, `wanted 3`, … */
export async function freeName(wanted: string): Promise<string> {
  const { data } = await client.GET("/api/documents");
  return numbered(wanted, data?.map((row) => row.name) ?? []);
}

export function numbered(wanted: string, taken: string[]): string {
  let name = wanted;
  for (let number = 2; taken.includes(name); number++) name = `${wanted} ${number}`;
  return name;
}
