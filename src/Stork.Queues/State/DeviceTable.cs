using System.Collections;

namespace Stork.Queues.State;

/// <summary>The registered devices of an inbox, in the order of their records. There are few: they are looked through.</summary>
internal sealed class DeviceTable : IReadOnlyCollection<Device>
{
    private readonly List<Device> _devices = [];

    public int Count => _devices.Count;

    public Device Newest => _devices[^1];

    public Device? Find(int index)
    {
        foreach (var device in _devices)
            if (device.Index == index) return device;
        return null;
    }

    public Device? Find(string name)
    {
        foreach (var device in _devices)
            if (device.Name == name) return device;
        return null;
    }

    public List<Device> Without(Device device) => _devices.FindAll(d => d != device);

    /// <summary>Whether no device waits for the message any more.</summary>
    public bool HaveAllAcknowledged(long sequence)
    {
        foreach (var device in _devices)
            if (device.Wants(sequence)) return false;
        return true;
    }

    /// <summary>The device of that index. In recovery its name may come with a later record: until then it has none.</summary>
    [Durable]
    public Device GetOrAdd(int index, long start)
    {
        if (Find(index) is { } known) return known;
        var device = new Device(index, "", start);
        _devices.Add(device);
        return device;
    }

    [Durable]
    public void Add(Device device) => _devices.Add(device);

    [Durable]
    public void Remove(int index) => _devices.RemoveAll(d => d.Index == index);

    [Durable]
    public void RemoveUnnamed() => _devices.RemoveAll(static d => d.Name.Length == 0);

    [Durable]
    public void ForgetMessage(long sequence)
    {
        foreach (var device in _devices) device.Forget(sequence);
    }

    public List<Device>.Enumerator GetEnumerator() => _devices.GetEnumerator();

    IEnumerator<Device> IEnumerable<Device>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
