# SPDX-License-Identifier: Apache-2.0
# Write the bytes of FILE as C numbers into OUTPUT, for an array's initialiser:
# cmake -DFILE=... -DOUTPUT=... -P embed.cmake
file(READ ${FILE} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "${bytes}\n")
