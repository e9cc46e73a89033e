DROP TABLE folders_ciphers;
DROP TABLE ciphers;
DROP TABLE folders;
DROP TABLE devices;
DROP TABLE users;
