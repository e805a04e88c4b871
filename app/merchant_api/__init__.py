"""WeChat-Pay-v3 doors for merchants: signing in, verifying, redeeming, applications."""
