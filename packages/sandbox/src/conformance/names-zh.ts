/** What the cases are called in Chinese. */
export const namesZh: Readonly<Record<string, string>> = {
  "a batch is taken plain and compressed with gzip": "批次以原文和 gzip 压缩均可接收",
  "a record that does not fit is refused with its reasons, and the others are taken":
    "不合规的记录附原因拒收，其余照收",
  "a record that is not in canonical form is refused": "非规范形式的记录被拒收",
  "a value in another than the canonical form of its type is refused": "非其类型规范形式的值被拒收",
  "an item that may not be shared refuses its record": "含不予共享信息项的记录被拒收",
  "a key that another origin holds waits with the holder's name, and is taken once released":
    "被其他来源持有的键附持有者名称等待，释放后接收",
  "bytes that are not a batch are refused whole, and the number is not used up":
    "不是批次的字节整体拒收，且不占用序号",
  "a batch of a version that the catalog lacks is refused whole": "目录中没有其版本的批次整体拒收",
  "a batch above the limit is refused, compressed or not, before it is unpacked":
    "超过上限的批次，无论压缩与否，解压前即拒收",
  "a content encoding that is not offered is told with those that are":
    "不支持的内容编码被告知，并列出所支持的",
  "receipts of a site can be read again, page by page": "接入点的回执可再次分页读取",
  "a descriptor is answered by itself, by version and in the list, with a tag that saves reading it again":
    "资源描述可单独、按版本、在列表中读取，并带免重读的标签",
  "a descriptor that is not there is told as unknown": "不存在的资源描述答复为未知",
  "the same descriptor again is no news, and another one under its version a conflict":
    "重复提交相同描述不算变更，同版本的不同描述为冲突",
  "a narrower contract under the same major version is refused in words":
    "同一主版本下收窄的契约被拒绝并说明",
  "what is not a descriptor is refused": "不是资源描述的内容被拒绝",
  "an epoch is opened once, and the same request again is answered the same":
    "纪元只开启一次，重复请求得到相同答复",
  "an epoch that is not above the one in force is refused, with the position":
    "不高于现行纪元的请求被拒绝，并告知位置",
  "another instance that does not name the epoch in force is told that the stream is taken":
    "未写明现行纪元的另一实例被告知该流已被占用",
  "a batch of an ended epoch is refused, with the position": "已结束纪元的批次被拒收，并告知位置",
  "a repeat is answered with the same receipt and applied once": "重复批次得到相同回执，只应用一次",
  "other bytes under a number that was used are a conflict, with the position":
    "已用序号下的不同字节为冲突，并告知位置",
  "a gap, another predecessor and an epoch that was not opened are conflicts":
    "序号缺口、前驱不符、纪元未开启均为冲突",
  "a batch of a stream that never opened an epoch is a conflict": "从未开启纪元的流的批次为冲突",
  "a stream's position is answered, and an unknown one told as unknown":
    "答复流的位置，未知的流答复为未知",
  "the digest of a stream is that of its records, after inserts, updates, deletes and refusals":
    "增、改、删和拒收之后，流的摘要即其记录的摘要",
  "the digest by buckets adds up, and a bucket names its keys with their hashes":
    "分桶摘要可合计，桶列出其键及哈希",
  "a bucket is listed page by page, each page as of its own batch":
    "桶逐页列出，每页截至其自身批次",
  "the copy is paged through in the order of key bytes, byte for byte":
    "副本按键字节次序分页，逐字节一致",
  "the token of a next page does not show the key": "下一页的令牌不显示键",
  "a generation shows nothing before its commit, which replaces all that the stream held":
    "一代数据在提交前不可见，提交后替换该流的全部内容",
  "a generation with more refusals than its commit allows is not swapped in, and the chain goes on":
    "拒收数超过提交所允许的一代不予换入，链继续",
  "a generation whose parts do not come to the digest of its commit is not swapped in":
    "各部分与提交摘要不符的一代不予换入",
  "a generation is over when another begins, another batch comes between, or an epoch is opened":
    "另一代开始、其间插入其他批次或开启纪元时，该代即告结束",
  "a second record of a key in one generation is refused, and the first is taken":
    "同一代中同键的第二条记录被拒收，第一条接收",
  "a step of a generation that is written otherwise than the protocol says is refused whole":
    "写法不符协议的换代步骤整体拒收",
  "of a resource whose share has ended no record is taken, and a deletion is":
    "已停止共享的资源不再接收记录，删除仍予接收",
  "of a resource whose share has ended an empty generation is taken, and no other":
    "已停止共享的资源只接收空的一代数据",
  "the service says which protocol, levels, limits and encodings it has":
    "服务说明其协议、级别、限制与编码",
  "a batch that nobody signed is refused": "未签名的批次被拒收",
  "a body that differs from its Content-Digest is refused": "与 Content-Digest 不符的正文被拒收",
  "a body that was exchanged with its Content-Digest is refused":
    "连同 Content-Digest 一起被替换的正文被拒收",
  "a signature that leaves the body out is refused": "未覆盖正文的签名被拒绝",
  "a signature is taken once": "签名只能使用一次",
  "a clock that differs is told as clock skew, with the platform's time":
    "时钟不符答复为时钟偏差，并给出平台时间",
  "a key that was never registered is told as unknown": "从未登记的密钥答复为未知",
  "a site cannot write in the name of another": "接入点不能以他人名义写入",
  "registering a key takes the enrolment token": "登记密钥需要注册令牌",
};
