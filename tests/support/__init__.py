"""What tests share: real servers, settings, accounts, a certificate authority."""
