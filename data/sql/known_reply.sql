-- One row a reply of a setting recorded by the end of $day (UTC).
INSERT INTO copy.setting_reply BY NAME
SELECT * FROM setting_reply
WHERE recorded_at::DATE <= $day::DATE
ORDER BY rowid;
