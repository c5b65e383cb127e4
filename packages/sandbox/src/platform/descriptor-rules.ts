import type { ResourceDescriptor } from "@qianzhi/sdk";

export function readDescriptor(text: string): ResourceDescriptor {
  return JSON.parse(text) as ResourceDescriptor;
}

export function breakingChanges(_older: ResourceDescriptor, _newer: ResourceDescriptor): readonly string[] {
  return [];
}
