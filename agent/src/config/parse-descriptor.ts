import type { ResourceDescriptor } from "@qianzhi/sdk";
import { parse } from "yaml";

export const parseDescriptor = (text: string, _file: string): ResourceDescriptor => parse(text) as ResourceDescriptor;
