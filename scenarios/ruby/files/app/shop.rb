# SPDX-License-Identifier: Apache-2.0
require 'sinatra/base'

# Every page but the first loads what it needs when it is asked for.
class Shop < Sinatra::Base
  set :public_folder, File.join(__dir__, 'public')
  set :views, File.join(__dir__, 'views')
  enable :sessions
  autoload :Report, File.join(__dir__, 'lib', 'report')

  get('/') { "Welcome to the shop\n" }
  get('/page') { @items = %w[tea jam]; erb :page }
  post '/items' do
    require 'json'
    content_type :json
    item = JSON.parse(request.body.read)
    JSON.generate({ id: 1 }.merge(item))
  rescue JSON::ParserError
    halt 400, 'bad JSON'
  end
  post('/form') { params['name'] }
  get('/session') { "visit #{session[:visits] = (session[:visits] || 0) + 1}" }
  get('/report') { Report.new(%w[tea jam]).to_csv }
  get('/digest') { require 'openssl'; OpenSSL::Digest.hexdigest('SHA256', 'hello') }
  get('/date') { require 'time'; Time.iso8601('2024-05-01T12:00:00Z').httpdate }
  get('/yaml') { require 'yaml'; YAML.load("a: [1, 2]\n")['a'].sum.to_s }
  get('/decimal') { require 'bigdecimal'; (BigDecimal('0.1') + BigDecimal('0.2')).to_s('F') }
  get('/set') { require 'set'; Set[3, 1, 3].size.to_s }
  get('/gzip') { require 'zlib'; Zlib.gunzip(Zlib.gzip('compressible')) }
  get('/charset') { "gr\xF6\xDFe".dup.force_encoding('ISO-8859-1').encode('UTF-8') }
  get('/japanese') { "\x83\x65".dup.force_encoding('Shift_JIS').encode('UTF-8') }
  get('/file') { send_file File.join(settings.public_folder, 'terms.txt'), disposition: 'attachment' }
  # A gem that nothing has used yet.
  get('/builder') { require 'builder'; Builder::XmlMarkup.new.item(name: 'tea') }
  get('/password') { require 'bcrypt'; (BCrypt::Password.create('x', cost: 4) == 'x').to_s }
  get('/fail') { raise 'on purpose' }
  not_found { "no such page\n" }
end
