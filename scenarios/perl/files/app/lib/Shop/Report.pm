# SPDX-License-Identifier: Apache-2.0
package Shop::Report;
use Moo;
use Text::Wrap ();
use Text::ParseWords ();
use Data::Dumper ();

has items => (is => 'ro');

sub text {
  my ($self) = @_;
  local $Data::Dumper::Indent = 0;
  local $Data::Dumper::Terse = 1;
  return Text::Wrap::wrap('', ' ', Data::Dumper::Dumper($self->items),
                          Text::ParseWords::shellwords('and "so on"'));
}

1;
