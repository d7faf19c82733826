/**
 * What a mount puts on a request whose answer it sends itself, with all headers. A framework in between may take Content-Encoding
 * off and leave the bytes compressed, as Next.js 16 does, so without this mark nothing is sent compressed.
 */
export const sentAsItIs = Symbol.for('holdfast.sent-as-it-is');
