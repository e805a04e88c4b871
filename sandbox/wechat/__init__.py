"""WeChat's server side for one mini-program: the calls of wechat.md with their errcodes."""
