# SPDX-License-Identifier: Apache-2.0
# Every page but the first loads what it needs when it is asked for.
package Shop;
use Moo;
use DateTime;
use DBI;
use JSON;
use Plack::Request;
use Template;
use Unicode::Normalize qw(NFD);

my $database = DBI->connect('dbi:SQLite:dbname=:memory:', '', '', {RaiseError => 1});
$database->do(q{CREATE TABLE items (name TEXT)});

my %pages = (
  '/' => sub { page('index.tt', now => DateTime->now) },
  '/page' => sub { page('page.tt', items => [qw(tea jam)]) },
  '/items' => sub {
    my $json = JSON->new->canonical;
    my $item = eval { $json->decode($_[0]->content) } or return [400, [], ['bad JSON']];
    $json->encode({id => 1, %$item});
  },
  '/pure' => sub { require JSON::PP; JSON::PP::encode_json([1, JSON::PP::true()]) },
  '/form' => sub { $_[0]->parameters->{name} },
  '/cookie' => sub { $_[0]->cookies->{name} },
  '/report' => sub { require Shop::Report; Shop::Report->new(items => [qw(tea jam)])->text },
  '/digest' => sub { require Digest::SHA; Digest::SHA::sha256_hex('hello') },
  '/date' => sub {
    DateTime->new(year => 2024, month => 5, day => 1)->strftime('%A %d %B %Y');
  },
  '/zone' => sub {
    DateTime->new(year => 2024, month => 7, hour => 10, time_zone => 'UTC')
      ->set_time_zone('Europe/Berlin')->iso8601;
  },
  '/german' => sub {
    DateTime->new(year => 2024, month => 5, locale => 'de')->month_name;
  },
  '/time' => sub {
    require Time::Piece;
    Time::Piece->strptime('2024-05-01', '%Y-%m-%d')->strftime('%d.%m.%Y');
  },
  '/database' => sub {
    $database->do(q{INSERT INTO items VALUES ('tea')});
    ($database->selectrow_array('SELECT name FROM items'))[0];
  },
  '/gzip' => sub {
    require Compress::Zlib;
    Compress::Zlib::memGunzip(Compress::Zlib::memGzip('compressible'));
  },
  '/charset' => sub {
    require Encode;
    Encode::encode('UTF-8', Encode::decode('cp1252', "gr\xf6\xdfe"));
  },
  '/convert' => sub {
    require Encode;
    my ($from, $text) = map { $_[0]->parameters->{$_} } qw(from text);
    Encode::encode('UTF-8', Encode::decode($from, $text));
  },
  '/unicode' => sub {
    length NFD("\N{LATIN SMALL LETTER O WITH DIAERESIS}");
  },
  '/yaml' => sub { require YAML; YAML::Load("a: [1, 2]\n")->{a}[1] },
  '/round' => sub { require POSIX; require List::Util; POSIX::floor(List::Util::sum(1.5, 2.2)) },
  '/copy' => sub { require Storable; Storable::thaw(Storable::freeze({name => 'tea'}))->{name} },
  '/fail' => sub { die 'on purpose' },
);

sub page {
  my ($name, %values) = @_;
  my $template = Template->new(INCLUDE_PATH => 'views');
  $template->process($name, \%values, \my $page) or die $template->error;
  return $page;
}

sub app {
  return sub {
    my $request = Plack::Request->new(shift);
    my $page = $pages{$request->path_info} or return [404, [], ["no such page\n"]];
    my $answer = $page->($request);
    return ref $answer ? $answer : [200, ['Content-Type' => 'text/plain'], [$answer]];
  };
}

1;
