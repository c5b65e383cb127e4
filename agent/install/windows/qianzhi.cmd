@echo off
rem qianzhi, in the folder of its site: the installer puts this file beside the program.
setlocal
cd /d "%ProgramData%\Qianzhi" || exit /b 1
"%~dp0program\runtime\node.exe" "%~dp0program\app\node_modules\@qianzhi\agent\bin\qianzhi.js" %*
