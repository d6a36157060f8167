"""Official notices (督办通知单, 督查专报, 交办单 …): their words, their files (DOCX, PDF), their numbers."""
