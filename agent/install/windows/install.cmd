@echo off
rem Installs, upgrades, rolls back or removes the agent of this bundle as a Windows service: install.cmd /help
rem In ASCII, since a console reads it in whatever code page it has; the runtime writes Chinese to any.
setlocal
set "MACHINE=%PROCESSOR_ARCHITECTURE%"
if defined PROCESSOR_ARCHITEW6432 set "MACHINE=%PROCESSOR_ARCHITEW6432%"
if /i not "%MACHINE%"=="AMD64" goto machine
"%~dp0runtime\node.exe" --version >nul 2>&1
if errorlevel 1 goto floor
"%~dp0runtime\node.exe" "%~dp0installer\install.mjs" %*
exit /b %ERRORLEVEL%

:machine
echo QZ_BUNDLE_MACHINE This bundle is for Windows on AMD64; this machine is %MACHINE%. Take the bundle for it.
type "%~dp0installer\machine.txt"
exit /b 1

:floor
echo QZ_BUNDLE_FLOOR The runtime does not start. It needs Windows 10, Server 2016 or later: put the agent on a newer machine beside this one and read over the network. On such a Windows the bundle is damaged: copy it again and compare with its .sha256 file.
type "%~dp0installer\floor.txt"
exit /b 1
