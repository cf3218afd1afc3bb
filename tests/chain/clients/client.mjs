// Signs, hashes and checks with libraries that are not ours. Reads a JSON list of requests on
// stdin and prints the list of answers: {"value": ...} or {"error": "..."}.
import { readFileSync } from "node:fs";

import metamask from "@metamask/eth-sig-util";
import * as ethers from "ethers";
import * as viem from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { createSiweMessage, parseSiweMessage } from "viem/siwe";

const V4 = metamask.SignTypedDataVersion.V4;
const keyBytes = (key) => Buffer.from(key.slice(2), "hex");
const withoutDomain = ({ EIP712Domain: _, ...types }) => types;
const ethersHash = (data) =>
  ethers.TypedDataEncoder.hash(data.domain, withoutDomain(data.types), data.message);
const publicClient = (url) => viem.createPublicClient({ transport: viem.http(url) });

const doing = {
  viem: {
    signTyped: ({ key, data }) => privateKeyToAccount(key).signTypedData(data),
    hashTyped: ({ data }) => viem.hashTypedData(data),
    recoverTyped: ({ data, signature }) => viem.recoverTypedDataAddress({ ...data, signature }),
    signText: ({ key, text }) => privateKeyToAccount(key).signMessage({ message: text }),
    recoverText: ({ text, signature }) => viem.recoverMessageAddress({ message: text, signature }),
    compact: ({ signature }) =>
      viem.serializeCompactSignature(viem.signatureToCompactSignature(viem.parseSignature(signature))),
    wrap: ({ factory, preparation, signature }) =>
      viem.serializeErc6492Signature({ address: factory, data: preparation, signature }),
    writeSiwe: ({ fields }) =>
      createSiweMessage({
        ...fields,
        issuedAt: new Date(fields.issuedAt),
        expirationTime: new Date(fields.expirationTime),
      }),
    readSiwe: ({ text }) => parseSiweMessage(text),
    accepts: ({ url, address, hash, signature }) =>
      publicClient(url).verifyHash({ address, hash, signature }),
  },
  ethers: {
    signTyped: ({ key, data }) =>
      new ethers.Wallet(key).signTypedData(data.domain, withoutDomain(data.types), data.message),
    hashTyped: ({ data }) => ethersHash(data),
    recoverTyped: ({ data, signature }) => ethers.recoverAddress(ethersHash(data), signature),
    signText: ({ key, text }) => new ethers.Wallet(key).signMessage(text),
    recoverText: ({ text, signature }) => ethers.verifyMessage(text, signature),
  },
  metamask: {
    signTyped: ({ key, data }) =>
      metamask.signTypedData({ privateKey: keyBytes(key), data, version: V4 }),
    hashTyped: ({ data }) =>
      `0x${Buffer.from(metamask.TypedDataUtils.eip712Hash(data, V4)).toString("hex")}`,
    recoverTyped: ({ data, signature }) =>
      ethers.getAddress(metamask.recoverTypedSignature({ data, signature, version: V4 })),
    signText: ({ key, text }) => metamask.personalSign({ privateKey: keyBytes(key), data: text }),
    recoverText: ({ text, signature }) =>
      ethers.getAddress(metamask.recoverPersonalSignature({ data: text, signature })),
  },
};

const answers = [];
for (const { library, act, ...given } of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    answers.push({ value: await doing[library][act](given) });
  } catch (error) {
    answers.push({ error: String(error?.shortMessage ?? error?.message ?? error).slice(0, 300) });
  }
}
console.log(JSON.stringify(answers));
