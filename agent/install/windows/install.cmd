@echo off
rem Installs, upgrades or removes the agent of this bundle as a Windows service. 安装、升级或卸载代理（Windows 服务）。
rem install.cmd [/check] [/uninstall]   Program: %ProgramFiles%\Qianzhi   Site: %ProgramData%\Qianzhi
setlocal
chcp 65001 >nul
set "PREFIX=%ProgramFiles%\Qianzhi"
set "SITE=%ProgramData%\Qianzhi"
set "HERE=%~dp0"
for /f "tokens=1,2 delims==" %%a in ('type "%HERE%release"') do set "RELEASE_%%a=%%b"
set "CURRENT=%PREFIX%\%RELEASE_version%"

if /i not "%PROCESSOR_ARCHITECTURE%"=="%RELEASE_machine%" (
  echo QZ_BUNDLE_MACHINE This bundle is for Windows on %RELEASE_machine%; take the one for %PROCESSOR_ARCHITECTURE%.
  echo 本安装包适用于 %RELEASE_machine% 处理器的 Windows，本机为 %PROCESSOR_ARCHITECTURE%，请换用对应的安装包。
  exit /b 1
)
"%HERE%runtime\node.exe" "%HERE%verify.mjs" || exit /b 1
if /i "%~1"=="/check" exit /b 0
net session >nul 2>&1 || (
  echo QZ_USAGE Run this as administrator. 请以管理员身份运行。
  exit /b 1
)
if /i "%~1"=="/uninstall" (
  sc stop qianzhi >nul 2>&1
  sc delete qianzhi >nul 2>&1
  rd /s /q "%PREFIX%"
  echo The program is removed; %SITE% is left. 程序已卸载，%SITE% 予以保留。
  exit /b 0
)

sc query qianzhi >nul 2>&1 && (
  sc stop qianzhi >nul 2>&1
  "%HERE%runtime\node.exe" -e "setTimeout(() => {}, 10000)"
  sc delete qianzhi >nul 2>&1
)
robocopy "%HERE%." "%CURRENT%" /mir /njh /njs /ndl /nfl /np >nul
if errorlevel 8 (
  echo QZ_STORE_DENIED %CURRENT% cannot be written. 无法写入 %CURRENT%。
  exit /b 1
)
if not exist "%SITE%\qianzhi.yaml" (
  md "%SITE%"
  rem Its account and administrators alone: it holds records and keys.
  icacls "%SITE%" /inheritance:r /grant:r *S-1-5-18:^(OI^)^(CI^)F *S-1-5-32-544:^(OI^)^(CI^)F *S-1-5-19:^(OI^)^(CI^)M >nul
  pushd "%SITE%"
  call "%CURRENT%\bin\qianzhi.cmd" init . --lang zh >nul
  popd
)
"%CURRENT%\runtime\shawl.exe" add --name qianzhi --cwd "%SITE%" --log-dir "%SITE%" --restart -- "%CURRENT%\runtime\node.exe" "%CURRENT%\app\node_modules\@qianzhi\agent\bin\qianzhi.js" run || exit /b 1
sc config qianzhi start= delayed-auto obj= "NT AUTHORITY\LocalService" >nul
sc description qianzhi "Qianzhi edge agent / 前置代理" >nul
echo Qianzhi %RELEASE_version% is in %CURRENT%, its site in %SITE%. Edit qianzhi.yaml there; then "sc start qianzhi".
echo Qianzhi %RELEASE_version% 已装入 %CURRENT%，接入点目录为 %SITE%。请修改其中的 qianzhi.yaml，再执行 sc start qianzhi。
