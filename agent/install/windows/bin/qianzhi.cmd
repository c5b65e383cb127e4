@echo off
"%~dp0..\runtime\node.exe" "%~dp0..\app\node_modules\@qianzhi\agent\bin\qianzhi.js" %*
