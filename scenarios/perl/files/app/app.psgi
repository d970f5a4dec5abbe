# SPDX-License-Identifier: Apache-2.0
use strict;
use warnings;
use Plack::Builder;
use Shop;

builder {
  enable 'Static', path => qr{^/public/};
  enable_if { $_[0]{PATH_INFO} eq '/gzip' } 'ContentLength';
  Shop->new->app;
};
