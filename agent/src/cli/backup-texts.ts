/** The texts of `qianzhi backup` and `qianzhi restore`: English, then 中文. */
export const backupTexts = {
  backup: [
    "copy the data directory into a new folder, while the agent runs",
    "把数据目录备份到新目录，代理可继续运行",
  ],
  "backup.folder": ["folder to create", "要创建的目录"],
  "backup.exists": ["{name} is there already.", "{name} 已存在。"],
  "backup.done": ["The backup is in {folder}.", "备份已写入 {folder}。"],
  "backup.secret": [
    "Keep it as safe as the data directory: it holds records and the secret that opens them. The configuration and its keys are not in it.",
    "其中含有记录及解密所用的密钥，请与数据目录同等保管。配置文件及其密钥不在备份之内。",
  ],
  restore: [
    "put a backup in the place of the data directory; the agent must not run",
    "用备份替换数据目录，代理须先停止",
  ],
  "restore.folder": ["folder that `qianzhi backup` has made", "由 qianzhi backup 生成的目录"],
  "restore.done": [
    "The data directory is as it was at {at}; what stood there is kept beside it as *.replaced-*. When the agent starts it compares with the platform, opens a new epoch and reconciles.",
    "数据目录已恢复到 {at} 的状态，原有文件以 *.replaced-* 为名保留在旁。代理启动后会与平台核对，开启新的纪元并对账。",
  ],
} as const;
