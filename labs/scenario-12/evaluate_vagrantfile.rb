# Evaluate the Vagrantfile named in the arguments and print, as JSON, what it sets for each provider. Every provider's
# block is run, whether the provider can be had on this host or not.
require "json"

class Recorder < BasicObject
  def initialize(values) = @values = values

  def method_missing(name, *arguments)
    return @values[name.to_s.chomp("=")] = arguments.first if name.end_with?("=")

    @values[name.to_s] ||= arguments.empty? ? {} : arguments.first
  end

  def respond_to_missing?(*) = true
end

class Machine < BasicObject
  def initialize(found) = @found = found
  def vm = self
  def ssh = ::Recorder.new({})
  def define(_name) = yield(self)

  def provider(name)
    yield ::Recorder.new(@found[name.to_s] = {})
  end

  def method_missing(*) = nil
  def respond_to_missing?(*) = true
end

module Vagrant
  def self.configure(_version)
    found = {}
    yield Machine.new(found)
    puts JSON.generate(found)
  end
end

load ARGV.fetch(0)
