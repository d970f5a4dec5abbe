# SPDX-License-Identifier: Apache-2.0
require 'csv'

class Shop
  class Report
    def initialize(items) = @items = items

    def to_csv = CSV.generate { |csv| @items.each_with_index { |item, n| csv << [n, item] } }
  end
end
