#!/bin/sh
# Installs, upgrades, rolls back or removes the agent of this bundle. 安装、升级、回退或卸载本安装包中的代理。
# sh install.sh --help
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck disable=SC1091
. "$here/release"

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in zh*) chinese=yes ;; *) chinese=no ;; esac
# say ENGLISH CHINESE
say() { if [ "$chinese" = yes ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi; }
# fail CODE ENGLISH CHINESE: what is wrong and what to do
fail() { code=$1; shift; say "$code $1" "$code $2" >&2; exit 1; }

root=no; [ "$(id -u)" = 0 ] && root=yes
if [ $root = yes ]; then
  prefix=/opt/qianzhi site=/var/lib/qianzhi user=qianzhi service=yes
else
  prefix=$HOME/qianzhi site=$HOME/qianzhi-site user=$(id -un) service=no
fi
unit=/etc/systemd/system/qianzhi.service
command=/usr/local/bin/qianzhi
action=install purge=no
# said_by PATTERN OTHERWISE: what the service's unit says, in whose command an operator may have written more
said_by() { found=$(sed -n "s#$1#\\1#p" $unit); printf '%s' "${found:-$2}"; }
# Where it was installed otherwise, the service knows: whoever upgrades or removes it need not.
if [ $root = yes ] && [ -e $unit ]; then
  prefix=$(said_by '^ExecStart=\([^ ]*\)/current/bin/qianzhi run.*' "$prefix")
  site=$(said_by '^WorkingDirectory=\(.*\)' "$site")
  user=$(said_by '^User=\(.*\)' "$user")
fi

help() {
  say "sh install.sh [--prefix DIR] [--site DIR] [--user NAME] [--no-service]   install, or upgrade what is there
sh install.sh --check       look whether this bundle is whole and runs here; change nothing
sh install.sh --rollback    go back to the version before, with its data where the newer one has changed them
sh install.sh --uninstall [--purge]   remove the program; with --purge the site's configuration and data too

Program: $prefix   Site (configuration, keys, data): $site" \
"sh install.sh [--prefix 目录] [--site 目录] [--user 账户] [--no-service]   安装，已安装则升级
sh install.sh --check       检查安装包是否完整、能否在本机运行，不作改动
sh install.sh --rollback    回退到上一版本；数据已被新版本升级的，一并恢复
sh install.sh --uninstall [--purge]   卸载程序；加 --purge 同时删除接入点的配置和数据

程序目录：$prefix   接入点目录（配置、密钥、数据）：$site"
}

while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --site | --user)
      [ $# -ge 2 ] || fail QZ_USAGE "$1 needs a value." "$1 需要一个值。"
      case $1 in --prefix) prefix=$2 ;; --site) site=$2 ;; --user) user=$2 ;; esac
      shift ;;
    --no-service) service=no ;;
    --check) action=check ;;
    --rollback) action=rollback ;;
    --uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    --help | -h) help; exit 0 ;;
    *) fail QZ_USAGE "There is no option $1; see --help." "没有 $1 选项，请用 --help 查看用法。" ;;
  esac
  shift
done
case $prefix$site in *[!A-Za-z0-9/._-]*) fail QZ_USAGE "Folders are named with letters, digits and / . _ - only." "目录名只能使用字母、数字和 / . _ -。" ;; esac
case $prefix in /*) ;; *) prefix=$(pwd)/$prefix ;; esac
case $site in /*) ;; *) site=$(pwd)/$site ;; esac
[ $root = yes ] || service=no

running_systemd() { [ $service = yes ] && [ -d /run/systemd/system ]; }
# as_user COMMAND …: by the agent's own account, in the site's folder
as_user() {
  if [ $root = yes ] && [ "$user" != root ]; then
    (cd "$site" && setpriv --reuid "$user" --regid "$user" --init-groups -- env HOME="$site" "$@")
  else
    (cd "$site" && "$@")
  fi
}
# Also one that ends again and again, and waits to be started anew.
is_active() {
  running_systemd || return 1
  case $(systemctl show --property=ActiveState --value qianzhi) in active | activating | reloading) ;; *) return 1 ;; esac
}

check() {
  [ "$(uname -s)" = Linux ] && [ "$(uname -m)" = "$machine" ] || fail QZ_BUNDLE_MACHINE \
    "This bundle is for Linux on $machine; this machine is $(uname -s) on $(uname -m). Take the bundle for it." \
    "本安装包适用于 $machine 处理器的 Linux，本机为 $(uname -s) $(uname -m)。请换用对应的安装包。"
  (cd "$here" && sha256sum -c --quiet SHA256SUMS >/dev/null 2>&1) || fail QZ_BUNDLE_DAMAGED \
    "Files of this bundle are missing or changed: $(cd "$here" && sha256sum -c --quiet SHA256SUMS 2>/dev/null | head -n 3 | tr '\n' ' ')Copy it again and compare with its .sha256 file." \
    "安装包中有文件缺失或被改动：$(cd "$here" && sha256sum -c --quiet SHA256SUMS 2>/dev/null | head -n 3 | tr '\n' ' ')请重新复制，并与 .sha256 文件核对。"
  libc=$(getconf GNU_LIBC_VERSION 2>/dev/null || true)
  version_of=${libc#glibc }
  major=${version_of%%.*} minor=${version_of#*.}
  case $libc in
    "glibc "*) [ "$major" -gt 2 ] || [ "${minor%%.*}" -ge 28 ] || old=yes ;;
    *) old=yes ;;
  esac
  [ "${old:-no}" = no ] && "$here/runtime/node" --version >/dev/null 2>&1 || fail QZ_BUNDLE_FLOOR \
    "The runtime needs glibc 2.28 and kernel 4.18 or later (found: ${libc:-no glibc}, kernel $(uname -r)). Put the agent on a newer machine beside this one and read over the network." \
    "运行环境需要 glibc 2.28、内核 4.18 或更高版本（本机：${libc:-无 glibc}，内核 $(uname -r)）。请把代理装在旁边较新的机器上，通过网络读取。"
}

is_whole() { (cd "$1" 2>/dev/null && sha256sum -c --quiet SHA256SUMS >/dev/null 2>&1); }
program() { printf '%s' "$prefix/current/bin/qianzhi"; }

install_program() {
  release=$prefix/releases/$version
  if is_whole "$release" && cmp -s "$here/SHA256SUMS" "$release/SHA256SUMS"; then
    say "Version $version is installed already; its files are whole and stay as they are." \
      "版本 $version 已经安装，文件完整，保持不变。"
  else
    mkdir -p "$prefix/releases"
    rm -rf "$release.new"
    cp -R "$here" "$release.new"
    chmod -R go-w,a+rX "$release.new"
    if [ -e "$release" ]; then
      say "Version $version is installed already, but its files are not those of this bundle: they are replaced. A rollback does not bring them back." \
        "版本 $version 已经安装，但文件与本安装包不一致，现予替换。回退不会恢复这些文件。"
      stop
      rm -rf "$release"
    fi
    mv "$release.new" "$release"
  fi
  if [ -L "$prefix/current" ] && [ "$(readlink "$prefix/current")" != "releases/$version" ]; then
    before=$(readlink "$prefix/current")
    say "Upgrading from ${before#releases/} to $version." "正在从 ${before#releases/} 升级到 $version。"
    stop
    if [ -e "$site/data/outbox.db" ]; then
      rm -rf "$site/before-upgrade"
      as_user "$(program)" backup before-upgrade >/dev/null
    fi
    ln -sfn "$before" "$prefix/previous"
  fi
  ln -sfn "releases/$version" "$prefix/current"
}

prepare_site() {
  if [ $root = yes ] && ! id "$user" >/dev/null 2>&1; then
    useradd --system --home-dir "$site" --no-create-home --shell /usr/sbin/nologin "$user"
  fi
  if [ ! -d "$site" ]; then
    mkdir -p "$site"
    [ $root = yes ] && chown "$user:" "$site"
  fi
  chmod 700 "$site"
  if [ ! -e "$site/qianzhi.yaml" ] && [ -z "$(ls -A "$site")" ]; then
    language=en; [ "$chinese" = yes ] && language=zh
    as_user "$(program)" init . --lang "$language" >/dev/null
  fi
}

service_sees() {
  case ${1#/}/ in home/* | root/* | run/user/* | tmp/* | var/tmp/*) fail QZ_USAGE \
    "A service does not see $1: choose a folder elsewhere with --prefix and --site." \
    "系统服务无法访问 $1：请用 --prefix 和 --site 另行指定目录。" ;; esac
}

install_service() {
  sed -e "s#@PREFIX@#$prefix#g" -e "s#@SITE@#$site#g" -e "s#@USER@#$user#g" "$here/qianzhi.service" >"$unit"
  chmod 644 "$unit"
  printf '#!/bin/sh\n# qianzhi, by the account of the agent and in the folder of its site: %s\ncd "%s" || exit 1\n[ "$(id -un)" = "%s" ] && exec "%s" "$@"\nexec setpriv --reuid "%s" --regid "%s" --init-groups -- env HOME="%s" "%s" "$@"\n' \
    "$site" "$site" "$user" "$(program)" "$user" "$user" "$site" "$(program)" >"$command"
  chmod 755 "$command"
  if running_systemd; then
    systemctl daemon-reload
    systemctl enable --quiet qianzhi
  fi
}

# What stops the service starts it again, also where something fails in between.
stop() { if is_active; then was_active=yes; trap start_again EXIT; systemctl stop qianzhi; fi; }
start_again() { if [ "${was_active:-no}" = yes ]; then was_active=no; systemctl start qianzhi; fi; }

do_install() {
  check
  if [ $service = yes ]; then service_sees "$site"; service_sees "$prefix"; fi
  install_program
  prepare_site
  [ $service = yes ] && install_service
  start_again
  say "Qianzhi $version is in $prefix, its site in $site." "Qianzhi $version 已装入 $prefix，接入点目录为 $site。"
  if [ $service = yes ]; then
    say "Next: edit $site/qianzhi.yaml; then 'qianzhi check' and 'systemctl start qianzhi'." \
      "下一步：修改 $site/qianzhi.yaml，执行 qianzhi check，再执行 systemctl start qianzhi。"
  else
    say "Next: cd $site; edit qianzhi.yaml; then $(program) check and $(program) run." \
      "下一步：进入 $site，修改 qianzhi.yaml，执行 $(program) check，再执行 $(program) run。"
  fi
}

do_rollback() {
  [ -L "$prefix/previous" ] || fail QZ_USAGE "There is no version before in $prefix." "$prefix 中没有上一版本。"
  stop
  left=$(readlink "$prefix/current") before=$(readlink "$prefix/previous")
  ln -sfn "$before" "$prefix/current"
  rm -f "$prefix/previous"
  # The older version says so itself when it does not know what the newer one has made of the data.
  if [ -d "$site/before-upgrade" ] && as_user "$(program)" status --json 2>/dev/null | grep -q QZ_STORE_NEWER; then
    as_user "$(program)" restore before-upgrade
  fi
  start_again
  say "Back from ${left#releases/} to ${before#releases/}." "已从 ${left#releases/} 回退到 ${before#releases/}。"
}

do_uninstall() {
  [ $purge = no ] || [ -e "$site/qianzhi.yaml" ] || fail QZ_USAGE \
    "$site is no site of Qianzhi." "$site 不是 Qianzhi 的接入点目录。"
  [ $purge = yes ] || [ -d "$prefix/releases" ] || fail QZ_USAGE \
    "There is no program in $prefix." "$prefix 中没有程序。"
  stop
  was_active=no
  if [ $root = yes ] && [ -e "$unit" ]; then
    running_systemd && systemctl disable --quiet qianzhi
    rm -f "$unit" "$command"
    if running_systemd; then systemctl daemon-reload; fi
  fi
  # Only what this script has put there.
  rm -rf "$prefix/releases"
  rm -f "$prefix/current" "$prefix/previous"
  rmdir "$prefix" 2>/dev/null || true
  if [ $purge = yes ]; then
    rm -rf "$site"
    if [ $root = yes ] && [ "$user" = qianzhi ] && id "$user" >/dev/null 2>&1; then
      userdel "$user" 2>/dev/null || say "The account $user is still in use and is left." "账户 $user 仍在使用，予以保留。"
    fi
    say "The program, the site's configuration and its data are removed." "程序、接入点配置和数据均已删除。"
  else
    say "The program is removed; $site is left." "程序已卸载，$site 予以保留。"
  fi
}

case $action in
  check) check; say "The bundle is whole and runs on this machine." "安装包完整，可在本机运行。" ;;
  install) do_install ;;
  rollback) do_rollback ;;
  uninstall) do_uninstall ;;
esac
