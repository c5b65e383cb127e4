/** An identifier between backticks. */
export const quote = (identifier: string): string => `\`${identifier.replaceAll("`", "``")}\``;
