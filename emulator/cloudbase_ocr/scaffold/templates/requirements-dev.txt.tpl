# What this machine and CI need to test and build; what a function needs goes into
# requirements.txt in its folder. cloudbase-ocr[ocr] reads photos, too (500 MB).
$origin
pytest
